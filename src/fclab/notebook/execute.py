"""Runs a notebook from a clean kernel and keeps its outputs (needs ``fclab[dev]``)."""

import asyncio
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from nbformat import NotebookNode

from fclab.values.errors import FclabError
from fclab.values.extras import pip

_SECONDS = 600  # for a cell


def execute(notebook: NotebookNode, environment: Mapping[str, str] | None = None) -> NotebookNode:
    """Run every cell in a new process of this very Python; the outputs come into ``notebook``.

    The kernel works in an empty folder that is deleted afterwards. Nothing of the user's Jupyter
    or IPython is read or written, whatever kernels are installed.

    Args:
        notebook: as `fclab.labs.lab1.notebook.source.build` makes it.
        environment: variables that are added to those of this process.

    Returns:
        ``notebook``.

    Raises:
        FclabError: nbclient or ipykernel is not installed, or a cell failed: the message holds
            the cell and its traceback.
    """
    try:
        from jupyter_client.kernelspec import KernelSpecManager
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError
    except ImportError as error:
        raise FclabError(
            "{name} is missing: {install}", name=error.name, install=pip("nbclient", "ipykernel")
        ) from error

    with tempfile.TemporaryDirectory(prefix="fclab-notebook-") as place:
        home = Path(place)
        private = {
            name: str(home / name.lower())
            for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "MPLCONFIGDIR")
        }
        # The kernel runs elsewhere: it is told where this fclab is.
        paths = [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")]
        private["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        work = home / "work"
        work.mkdir()
        # Without folders to look in, the only kernel is that of the running Python.
        specs = KernelSpecManager(kernel_dirs=[], ensure_native_kernel=True)
        kernel = AsyncKernelManager(
            kernel_name="python3",
            kernel_spec_manager=specs,
            connection_file=str(home / "kernel.json"),
            # Sockets in a private folder in place of open ports, where the system has them.
            **({} if os.name == "nt" else {"transport": "ipc", "ip": str(home / "socket")}),
        )
        client = NotebookClient(
            notebook,
            km=kernel,
            timeout=_SECONDS,
            resources={"metadata": {"path": str(work)}},
            record_timing=False,
        )
        try:
            variables = {**os.environ, **private, **(environment or {})}
            # cleanup_kc: a kernel that is handed in is stopped too, and its sockets are closed
            asyncio.run(client.async_execute(env=variables, cleanup_kc=True))
        except CellExecutionError as error:
            said = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # colours of a terminal
            raise FclabError("a cell of the notebook failed: {said}", said=said) from error
    return notebook
