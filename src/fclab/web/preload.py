"""What all processes of the page need, imported once, where processes are forked from one."""

from fclab.engines.compiled.ahead import get_ready
from fclab.web.tasks import load_task, task_names

for _name in task_names():
    load_task(_name)
for _engine in ("fused", "gram"):
    get_ready(_engine)
