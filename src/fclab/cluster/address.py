"""Addresses of schedulers, and whether what goes there may go in the open."""

import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from distributed.security import Security

from fclab.cluster.certificates import default_folder, security_of
from fclab.values.errors import UsageError

_ADDRESS = re.compile(r"(tcp|tls)://(\[[0-9a-fA-F:]+\]|[^:/\s\[\]]+):([0-9]{1,5})")


@dataclass(frozen=True)
class Trust:
    """How a cluster is protected.

    Attributes:
        certificates: folder of what `fclab cluster certificates` made; None: that of
            `default_folder`.
        insecure: allow ``tcp`` to other machines. What arrives over it is unpickled, so whoever can
            reach the port can run programs here.
    """

    certificates: Path | None = None
    insecure: bool = False

    def security(self, protocol: str, host: str) -> Security | None:
        """TLS, or None on the way to this machine itself.

        Raises:
            UsageError: ``tcp`` to another machine, or certificates are missing.
        """
        if protocol == "tls":
            return security_of(self.certificates or default_folder())
        if not (self.insecure or is_loopback(host)):
            raise UsageError(
                "tcp://{host} is open to everybody on the way, and who is on it can run programs "
                "here: use tls://{host} (see `fclab cluster certificates --help`), or add "
                "--insecure where nobody else can reach it",
                host=host,
            )
        return None


def parsed(address: str) -> tuple[str, str, int] | None:
    """Protocol, host and port; None: it is no address."""
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found[3]) < 1 << 16:
        return None
    return found[1], found[2], int(found[3])


def scheduler_address(address: str) -> tuple[str, str, int]:
    """Protocol, host and port.

    Raises:
        UsageError: it is no address of a scheduler.
    """
    if (found := parsed(address)) is None:
        raise UsageError(
            "{address} is no address of a scheduler: tls://host:port, or on this machine "
            "tcp://127.0.0.1:port",
            address=address,
        )
    return found


def is_loopback(host: str) -> bool:
    """Whether only this machine is meant."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
