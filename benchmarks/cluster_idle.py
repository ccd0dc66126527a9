"""Workers that train nothing, many in a process, and a scheduler: for benchmarks/cluster.py.

    python benchmarks/cluster_idle.py schedule             says its address
    python benchmarks/cluster_idle.py work ADDRESS COUNT   until it is ended

They are Dask's own workers and the scheduler of `fclab cluster scheduler`. What a chunk is done by,
`fclab.cluster.chunk.carry_out`, is another function here: it waits, and gives back one and the same
run for every seed that is asked for.
"""

import asyncio
import json
import logging
import time
from pathlib import Path

import cyclopts
import dask.config
from distributed import Worker

from fclab.cluster import chunk as chunks
from fclab.cluster.connection import RESOURCE
from fclab.cluster.worker import CALM, schedule
from fclab.store.database import Store
from fclab.store.pack import digest_of, pack_dataset, pack_run, run_key
from fclab.values.dataset import Dataset

logging.getLogger("distributed").setLevel(logging.CRITICAL)
app = cyclopts.App(help="Workers that train nothing.")


@app.command(name="schedule")
def scheduler() -> None:
    """Be the scheduler at a free port."""
    asyncio.run(schedule("127.0.0.1", 0, begun=lambda address, _: print(address, flush=True)))


@app.command
def work(address: str, count: int, folder: Path) -> None:
    """Be workers.

    Parameters
    ----------
    address
        Of the scheduler.
    count
        How many.
    folder
        Of benchmarks/cluster.py: ``run.db`` holds what comes back for every seed, ``do.json`` says
        whether any run comes back, and the seconds that each takes.
    """
    with Store(folder / "run.db", create=False) as store:
        (template,) = store.select()

    dataset, row = pack_dataset(template), pack_run(template)

    def carry_out(chunk: chunks.Chunk, _: Dataset | None) -> chunks.Done:
        do = json.loads((folder / "do.json").read_text("utf-8"))
        time.sleep(do["seconds"] * len(chunk.seeds))
        if not do["runs"]:
            return chunks.Done()
        rows = []
        for seed in chunk.seeds:
            key = run_key(template.dataset.fingerprint, template.recipe, seed, template.engine)
            other = {**row, "key": key, "seed": seed}
            content = {k: v for k, v in other.items() if k not in ("digest", "created")}
            rows.append({**other, "digest": digest_of(content)})
        return chunks.Done(dataset=dataset, rows=tuple(rows))

    chunks.carry_out = carry_out
    # Each looks at the memory and the threads of the process that it shares with all the others.
    never = dict.fromkeys(CALM, "1h")
    with dask.config.set({**never, "distributed.worker.profile.enabled": False}):
        asyncio.run(_work(address, count))


async def _work(address: str, count: int) -> None:
    workers = [
        Worker(address, nthreads=1, resources={RESOURCE: 1}, dashboard=False, memory_limit=0)
        for _ in range(count)
    ]
    for first in range(0, count, 50):
        await asyncio.gather(*workers[first : first + 50])
    print("there", flush=True)
    await asyncio.gather(*(worker.finished() for worker in workers))


if __name__ == "__main__":
    app()
