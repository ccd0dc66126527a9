"""`--cluster`: options of commands that may have their runs trained by many machines."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

from cyclopts import Parameter

from fclab.cli.options import Trainer

if TYPE_CHECKING:
    from fclab.cluster.address import Trust
    from fclab.store.database import Store
    from fclab.words.wording import Wording

Flag = Annotated[bool, Parameter(negative="")]


@Parameter(name="*")
@dataclass(frozen=True)
class Trusted:
    """How a cluster is protected."""

    certificates: Path | None = None
    """Folder of the cluster's certificates; default: FCLAB_CERTIFICATES, or where `fclab cluster
    certificates` puts them."""
    insecure: Flag = False
    """Allow tcp:// to other machines, where nobody else can reach them: who can, may run programs
    here and there."""

    @property
    def trust(self) -> "Trust":
        """As the cluster takes it."""
        from fclab.cluster.address import Trust

        return Trust(self.certificates, self.insecure)


@Parameter(name="*")
@dataclass(frozen=True)
class ClusterTrainer(Trainer):
    """Who trains, and where."""

    cluster: str | None = None
    """Train on many machines: the address of a scheduler (tls://host:8786), local:N for N processes
    here, or a TOML file that describes a cluster. Default: this process."""
    trusted: Annotated[Trusted, Parameter(name="*")] = Trusted()
    """How the cluster is protected."""

    @contextmanager
    def elsewhere(self, words: "Wording", store: "Store") -> Iterator[None]:
        """Inside, runs are trained by the cluster, if one was named.

        Raises:
            UsageError: it is none, or the extra is not installed. FclabError: it does not answer.
        """
        if self.cluster is None:
            yield
            return
        require_cluster("--cluster")
        from fclab.cluster.connect import trained_on

        with trained_on(self.cluster, telling(words), self.trusted.trust, store):
            yield


def require_cluster(what: str) -> None:
    """See that the extra is installed.

    Raises:
        UsageError: it is not.
    """
    from fclab.values.extras import require

    for module in ("distributed", "cryptography"):
        require(module, "cluster", what)


def telling(words: "Wording") -> Callable[[str, Any], None]:
    """Says what happens on a cluster, each kind of news at most every `_SECONDS`."""
    from threading import Lock
    from time import monotonic

    from fclab.cli.progress import say

    last: dict[str, float] = {}
    lock = Lock()

    def tell(code: str, values: Any) -> None:
        with lock:
            now = monotonic()
            if now - last.get(code, -_SECONDS) < _SECONDS:
                return
            last[code] = now
        say(words.plain(f"cluster.{code}", **values))

    return tell


_SECONDS: Final = 10.0

CLUSTER_TRAINER, TRUSTED = ClusterTrainer(), Trusted()
FlattenedClusterTrainer = Annotated[ClusterTrainer, Parameter(name="*")]
FlattenedTrusted = Annotated[Trusted, Parameter(name="*")]
