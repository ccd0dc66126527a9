"""`fclab worker`: this machine trains for others."""

from fclab.cli.elsewhere import TRUSTED, FlattenedTrusted
from fclab.cli.language import Spoken


def worker(
    address: str,
    /,
    *,
    processes: int | None = None,
    wait: float = 600.0,
    trusted: FlattenedTrusted = TRUSTED,
    lang: Spoken = None,
) -> None:
    """Train for others on this machine: one process for every core, until Ctrl-C.

    Images are taken from this machine where it has CIFAR-100 (FCLAB_DATA or the cache), else they
    come over the network. A process that dies is begun anew; a scheduler that is gone is waited
    for.

    Examples:

        fclab worker tls://teacher.example.org:8786

        fclab worker tcp://127.0.0.1:8786 --processes 1

    Parameters
    ----------
    address
        Of the scheduler, as `fclab cluster scheduler` says it.
    processes
        How many; default: one for every core.
    wait
        Seconds in which a scheduler that does not answer must be there.
    trusted
        How the cluster is protected.
    lang
        Language.
    """
    from fclab.cli.elsewhere import require_cluster

    require_cluster("fclab worker")
    import asyncio

    from fclab.cli.progress import say
    from fclab.cluster.address import scheduler_address
    from fclab.cluster.quiet import quieten
    from fclab.cluster.worker import work_for
    from fclab.engines.job import usable_cores
    from fclab.values.errors import FclabError
    from fclab.values.quantities import check_whole
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    count = check_whole("--processes", processes or usable_cores(), 1, 10_000)
    protocol, host, _ = scheduler_address(address)
    security = trusted.trust.security(protocol, host)
    words = wording(spoken_lang(lang))
    quieten()

    def told(what: str) -> None:
        say(words.plain(f"cluster.worker.{what}", n=count, address=address))

    try:
        asyncio.run(work_for(address, count, security, patience=wait, say=told))
    except TimeoutError as error:
        raise FclabError(
            "no scheduler answers at {address}: start it with `fclab cluster scheduler`",
            address=address,
        ) from error
