"""`fclab cluster certificates`, `fclab cluster scheduler`: what a cluster needs once."""

from pathlib import Path

from cyclopts import App

from fclab.cli.elsewhere import TRUSTED, FlattenedTrusted
from fclab.cli.language import Spoken

cluster = App(
    name="cluster",
    help="Many machines that train together: certificates and the scheduler; the workers are "
    "fclab worker, what they do is shown by fclab top.",
)


@cluster.command
def certificates(*, out: Path | None = None, lang: Spoken = None) -> None:
    """Make the certificates of a cluster: who has them belongs to it.

    Copy the folder to every machine, over a way that you trust (scp, a USB stick).

    Examples:

        fclab cluster certificates

        fclab cluster certificates --out certificates

    Parameters
    ----------
    out
        Folder; default: FCLAB_CERTIFICATES, or where every command looks for them.
    lang
        Language.
    """
    from fclab.cli.elsewhere import require_cluster

    require_cluster("fclab cluster certificates")
    from fclab.cli.progress import say
    from fclab.cluster.certificates import DAYS, default_folder, make_certificates
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    folder = out or default_folder()
    make_certificates(folder)
    words = wording(spoken_lang(lang))
    say(words.plain("cluster.certificates", folder=str(folder.resolve()), days=DAYS))


@cluster.command
def scheduler(
    *,
    host: str = "127.0.0.1",
    port: int = 8786,
    trusted: FlattenedTrusted = TRUSTED,
    lang: Spoken = None,
) -> None:
    """Be the scheduler: workers and commands of the cluster meet here. Ctrl-C ends it.

    On any address but this machine's own everything is encrypted, and only who has the cluster's
    certificates gets in.

    Examples:

        fclab cluster scheduler

        fclab cluster scheduler --host 0.0.0.0

    Parameters
    ----------
    host
        The address to be reached at: 0.0.0.0 is all of this machine's.
    port
        The port; 0: any that is free.
    trusted
        How the cluster is protected.
    lang
        Language.
    """
    from fclab.cli.elsewhere import require_cluster

    require_cluster("fclab cluster scheduler")
    import asyncio

    from fclab.cli.progress import say
    from fclab.cluster.address import is_loopback
    from fclab.cluster.quiet import quieten
    from fclab.cluster.worker import schedule
    from fclab.values.errors import FclabError, system_reason
    from fclab.values.quantities import check_whole
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    check_whole("--port", port, 0, 65_535)
    words = wording(spoken_lang(lang))
    plain = trusted.insecure or (is_loopback(host) and trusted.certificates is None)
    security = trusted.trust.security("tcp" if plain else "tls", host)
    quieten()

    def begun(address: str, dashboard: str) -> None:
        say(words.plain("cluster.scheduler", address=address, dashboard=dashboard))

    try:
        asyncio.run(schedule(host, port, security, begun=begun))
    except OSError as error:
        raise FclabError(
            "the scheduler cannot be at {host}:{port}: {reason}",
            host=host, port=port, reason=system_reason(error),
        ) from error  # fmt: skip
