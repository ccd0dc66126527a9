"""What ``--cluster`` names: a scheduler, workers of this machine, or a profile."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, Final

import dask.config
from distributed import Client, LocalCluster
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fclab.cluster.address import Trust, parsed
from fclab.cluster.backend import ClusterBackend, Limits
from fclab.cluster.connection import RESOURCE, Say
from fclab.cluster.quiet import quieten
from fclab.cluster.worker import CONFIGURATION
from fclab.engines.elsewhere import trained_by
from fclab.engines.job import usable_cores
from fclab.store.database import Store
from fclab.values.errors import UsageError
from fclab.values.fields import wrong_field
from fclab.values.files import read_toml

KINDS: Final = {
    "LocalCluster": "distributed:LocalCluster",
    "SSHCluster": "distributed:SSHCluster",
    "SLURMCluster": "dask_jobqueue:SLURMCluster",
    "PBSCluster": "dask_jobqueue:PBSCluster",
    "KubeCluster": "dask_kubernetes.operator:KubeCluster",
}
"""Clusters that a profile may name, and where their classes are."""

_LOCAL = re.compile(r"local(?::([0-9]{1,4}))?")


class Profile(BaseModel):
    """A TOML file that describes a cluster; its words are Dask's.

    Attributes:
        kind: one of `KINDS`.
        workers: how many are asked for.
        options: of the class, as its documentation has them.
        dask: Dask's configuration, while the cluster is used.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str
    workers: Annotated[int, Field(strict=True, ge=1, le=100_000)] = 1
    options: dict[str, Any] = {}
    dask: dict[str, Any] = {}


@contextmanager
def trained_on(
    where: str,
    say: Say,
    trust: Trust | None = None,
    store: Store | None = None,
    limits: Limits | None = None,
) -> Iterator[None]:
    """Whatever is trained inside, in this thread, is trained on a cluster.

    Args:
        where: the address of a scheduler (``tls://host:port``, ``tcp://127.0.0.1:port``), ``local``
            or ``local:N`` (workers on this machine), or a TOML file, see `Profile`.
        say: see `ClusterBackend`.
        trust: how it is protected.
        store: of the runs, see `ClusterBackend`.
        limits: see `ClusterBackend`.

    Raises:
        UsageError: none of these, a profile that is wrong, or ``tcp`` to another machine.
    """
    # What goes wrong is told by `say`; Dask's own lines would stand between those of fclab.
    quieten()
    with ExitStack() as stack:
        if found := parsed(where):
            protocol, host, _ = found
            security = (trust or Trust()).security(protocol, host)
            connect = partial(Client, where, security=security, timeout=10)
        else:
            cluster = stack.enter_context(_started(where))
            say("dashboard", {"link": cluster.dashboard_link})
            connect = partial(Client, cluster, timeout=10)
        backend = ClusterBackend(connect, say, store, limits)
        stack.callback(backend.close)
        stack.enter_context(trained_by(backend))
        yield


@contextmanager
def _started(where: str) -> Iterator[Any]:
    """A cluster of our own, for as long as it is used."""
    if found := _LOCAL.fullmatch(where):
        count = int(found[1]) if found[1] else usable_cores()
        if not count:
            raise UsageError("local:{count} has no workers", count=count)
        options = {"n_workers": count, "threads_per_worker": 1, "resources": {RESOURCE: 1},
                   "dashboard_address": "127.0.0.1:0"}  # fmt: skip
        with dask.config.set(CONFIGURATION), LocalCluster(**options) as cluster:
            yield cluster
        return
    profile = read_profile(Path(where))
    module, _, name = KINDS[profile.kind].partition(":")
    try:
        kind = getattr(import_module(module), name)
    except ImportError as error:
        raise UsageError(
            "{kind} needs {package}: pip install {package}",
            kind=profile.kind,
            package=module.partition(".")[0].replace("_", "-"),
        ) from error
    resources = {"distributed.worker.resources": {RESOURCE: 1}}
    settings = {**CONFIGURATION, **resources, **_dotted(profile.dask)}
    with dask.config.set(settings), kind(**profile.options) as cluster:
        if profile.kind not in ("LocalCluster", "SSHCluster"):
            cluster.scale(profile.workers)
        yield cluster


def _dotted(tables: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Nested tables as Dask's dotted names: a table would take the place of all that is beside."""
    found: dict[str, Any] = {}
    for name, value in tables.items():
        inside = _dotted(value, f"{before}{name}.") if isinstance(value, dict) else None
        found |= {f"{before}{name}": value} if inside is None else inside
    return found


def read_profile(path: Path) -> Profile:
    """The profile of a TOML file.

    Raises:
        UsageError: it is no address either, cannot be read, or has a wrong field.
    """
    if not path.is_file():
        raise UsageError(
            "--cluster {where} is no address (tcp://host:port, tls://host:port), not local or "
            "local:N, and no file is called so",
            where=path,
        )
    try:
        profile = Profile.model_validate(read_toml(path))
    except ValidationError as error:
        raise wrong_field(path, error) from error
    if profile.kind not in KINDS:
        raise UsageError(
            "{path}: kind is one of {known}, not {kind!r}",
            path=path,
            known=", ".join(KINDS),
            kind=profile.kind,
        )
    return profile
