"""What all processes of the page need, imported once, where processes are forked from one."""

from contextlib import suppress

from fclab.engines.compiled.ahead import get_ready
from fclab.values.errors import FclabError
from fclab.web.tasks import load_task, task_names

for _name in task_names():
    load_task(_name)
for _engine in ("fused", "gram"):
    with suppress(FclabError):  # it cannot be compiled here: other engines train
        get_ready(_engine)
