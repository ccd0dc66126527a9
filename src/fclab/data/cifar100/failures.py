"""Why an address gave no file: what servers, networks, proxies and certificates do, in one line."""

import socket
import ssl
from typing import TypeVar
from urllib.request import getproxies, proxy_bypass

import httpx

from fclab.values.errors import Clause, FclabError, system_reason

_E = TypeVar("_E", bound=BaseException)


class Failure(FclabError):
    """Why an address gave no file this time.

    Attributes:
        retry: whether to ask it again at once.
        slow: whether to ask it once more when the others have failed.
        damaged: it has other bytes than it should.
        other: it seems to have another file than the one that was looked for.
        here: the fault is this machine's, and says nothing about the mirror.
    """

    def __init__(
        self, template: str, /, *, retry=False, slow=False, damaged=False, other=False, here=False,
        **values,
    ):  # fmt: skip
        super().__init__(template, **values)
        self.retry, self.slow, self.here = retry, slow, here
        self.damaged, self.other = damaged or other, other


def reason_of(error: Exception, url: str, *, retry: bool = False, slow: bool = False) -> Failure:
    """What httpx says, in one line.

    Args:
        error: as httpx raised it.
        url: the address that was asked.
        retry: whether to ask it again at once, if that may help.
        slow: whether silence is to be taken for slowness.
    """
    if _cause(error, ssl.SSLCertVerificationError):
        return Failure(
            "its certificate is not trusted here: the clock is wrong, or a proxy or an antivirus "
            "stands between; take another mirror"
        )
    said, proxy = _line(error), _proxy(url)
    if proxy and isinstance(error, httpx.ProxyError | httpx.ConnectError | httpx.ConnectTimeout):
        return Failure("the proxy of this environment ({proxy}) does not let it through: {error}",
                       proxy=proxy, error=said, retry=retry, here=True)  # fmt: skip
    if isinstance(error, httpx.ConnectTimeout):
        return Failure("no connection: it does not answer", retry=retry, slow=slow)
    if isinstance(error, httpx.TimeoutException):
        return Failure("it fell silent", retry=retry, slow=slow)
    if _cause(error, socket.gaierror):
        return Failure("its name is not found; is this machine on the internet?", here=True)
    if isinstance(error, httpx.ConnectError):
        system = _cause(error, OSError)
        reason = system_reason(system) if system else Clause("{words}", words=said)
        return Failure("no connection: {reason}", reason=reason, retry=retry)
    if isinstance(error, httpx.TooManyRedirects):
        return Failure("it redirects in a circle")
    return Failure("the connection broke: {error}", error=said or type(error).__name__, retry=retry)


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]


def _cause(error: BaseException | None, kind: type[_E]) -> _E | None:
    """The first of that kind among what led to an error."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error


def _proxy(address: str) -> str:
    """Host and port of the proxy for an address, without the password that may stand in it."""
    url = httpx.URL(address)
    if proxy_bypass(url.host):
        return ""
    every = getproxies()
    told = every.get(url.scheme) or every.get("all", "")
    proxy = httpx.URL(told if "//" in told else f"http://{told}") if told else httpx.URL("")
    return f"{proxy.host}:{proxy.port}" if proxy.port else proxy.host
