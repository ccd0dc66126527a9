"""Bytes of a text file as text."""

import codecs


def decoded(data: bytes) -> str:
    """Text in UTF-8, UTF-16 or a code page of Russian systems.

    A mark at the beginning says which; without one, UTF-8 where the bytes are that, UTF-16 where
    every other byte is zero or that of Cyrillic, else that of cp1251, KOI8-R and cp866 by which it
    has most of the letters that are frequent in Russian.
    """
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
                           (codecs.BOM_UTF16_BE, "utf-16")):  # fmt: skip
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = None
    if text is None or "\0" in text:
        for encoding, high in (("utf-16-le", data[1:400:2]), ("utf-16-be", data[0:400:2])):
            if high and sum(byte in (0, 4) for byte in high) > 0.9 * len(high):
                return data.decode(encoding, "replace")
    if text is not None:
        return text
    return max((data.decode(page, "replace") for page in _PAGES), key=_frequent)


_PAGES = "cp1251", "koi8-r", "cp866"


def _frequent(text: str) -> int:
    """How many letters of a text are frequent in Russian."""
    return sum(letter in "оеаинтсрвл" for letter in text[:20_000].lower())
