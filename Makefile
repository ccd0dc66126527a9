# make run   the whole lab for an example variant          make test   everything that CI checks
# make check style, types, layers of imports               make bench  the figures of docs/engine.md
# make notebooks  notebooks/*.ipynb from notebooks/lab1.py, executed (some minutes, needs CIFAR-100)
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
RUN    ?= --group ИУ5-25М --variant 1 --department iu5

.PHONY: run test check format bench notebooks clean

run: $(VENV)/.installed
	$(BIN)/fclab run $(RUN)

test: $(VENV)/.installed-dev
	$(BIN)/pytest -n 2

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.installed
	$(BIN)/python benchmarks/engines.py

notebooks: $(VENV)/.installed-dev
	$(BIN)/python -m fclab.notebook

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(VENV)/.installed $@
