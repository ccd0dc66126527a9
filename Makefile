# make NAME is python3 tasks.py NAME; `make help` lists the names. Options: make run RUN="--group 23 --variant 7".
PYTHON ?= python3
TASKS  := web check lint test quick format bench notebooks mutate dist hooks clean

.PHONY: run help $(TASKS)

run:
	@$(PYTHON) tasks.py run $(RUN)

help:
	@$(PYTHON) tasks.py --help

$(TASKS):
	@$(PYTHON) tasks.py $@
