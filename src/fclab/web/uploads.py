"""Pictures that the browser cannot open: a process reads each, and nothing of it is kept."""

import io
from typing import Any, Final

import anyio
import anyio.to_process
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from fclab.values.errors import FclabError
from fclab.values.pictures import SIDE
from fclab.web.wire import pack
from fclab.words.languages import LANGUAGES
from fclab.words.said import said

MOST_BYTES: Final = 20 << 20
"""Of a file: photographs of telephones have 2 to 12 MB."""
LONGEST: Final = 1024
"""Pixels of a side of what the page gets."""
_PATIENCE: Final = 30
"""Seconds that a picture may take; then its process is ended."""
_ONE = anyio.CapacityLimiter(1)
"""Whoever comes second waits: a large picture takes 400 MB while it is read."""


async def read_upload(request: Request) -> Response:
    """The picture that is the body of a request, as MessagePack: ``pixels``, uint8 ``(height,
    width, 3)``, and ``small``, what a network sees of it. A line in the language ``lang`` says
    why it cannot be read; there it is called ``name``."""
    lang = request.query_params.get("lang", "en")
    lang = lang if lang in LANGUAGES else "en"
    name = request.query_params.get("name", "")[:100] or "?"
    content = bytearray()
    try:
        async for part in request.stream():
            content += part
            if len(content) > MOST_BYTES:
                return PlainTextResponse(_too_large(name, lang), 413)
    except ClientDisconnect:
        return Response(status_code=400)
    try:
        with anyio.fail_after(_PATIENCE):
            found = await anyio.to_process.run_sync(
                read, bytes(content), name, lang, cancellable=True, limiter=_ONE
            )
    except TimeoutError:
        return PlainTextResponse(
            said(
                FclabError("{name}: it took longer than {n} s to read", name=name, n=_PATIENCE),
                lang,
            ),
            422,
        )
    if isinstance(found, str):
        return PlainTextResponse(found, 422)
    return Response(pack(found), media_type="application/msgpack")


def read(content: bytes, name: str, lang: str) -> dict[str, Any] | str:
    """What `read_upload` answers, computed in a process of its own."""
    from fclab.data.pictures import read_sized, read_whole

    try:
        return {
            "pixels": read_whole(name, LONGEST, lambda: io.BytesIO(content)),
            "small": read_sized(name, SIDE, SIDE, lambda: io.BytesIO(content)).pixels,
        }
    except FclabError as error:
        return said(error, lang)


def _too_large(name: str, lang: str) -> str:
    return said(
        FclabError("{name}: pictures of more than {n} MB are not taken", name=name,
                   n=MOST_BYTES >> 20), lang,
    )  # fmt: skip
