"""The figures of a report, rendered by two processes where there is another one."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

from fclab.figures.beside import Painter
from fclab.report.model import PNG_DPI, FigureBlock


def rendered(blocks: Sequence[FigureBlock], painter: Painter | None = None) -> Iterator[None]:
    """See that every figure is rendered (PNG, and SVG of what is not made of pixels); yields after
    each one.

    Args:
        blocks: the figures.
        painter: renders the first ones meanwhile, as many as it comes to.
    """
    if painter is None:
        for block in blocks:
            _ = block.png, block.raster or block.svg
            yield
        return
    drawn: deque[FigureBlock] = deque()
    there = Semaphore(0)  # as many as are drawn and not taken; one more when nothing will come
    told = 0
    with ThreadPoolExecutor(1) as beside:
        theirs = beside.submit(_painted, drawn, there, painter)
        try:
            for block in blocks:
                _ = block.figure
                drawn.append(block)
                there.release()
            while there.acquire(blocking=False):
                block = drawn.pop()
                _ = block.png, block.raster or block.svg
                told += 1
                yield
        finally:
            drawn.clear()
            there.release()
        refused = theirs.result()
    for block in refused:
        _ = block.png, block.raster or block.svg
    for _ in range(len(blocks) - told):
        yield


def _painted(drawn: "deque[FigureBlock]", there: Semaphore, painter: Painter) -> list[FigureBlock]:
    """Have figures rendered that are drawn, the first ones first; those that could not be."""
    refused = []
    while there.acquire() and drawn:
        block = drawn.popleft()
        done = painter.render(block.figure, PNG_DPI, svg=not block.raster)
        if done is None:
            refused.append(block)
        else:
            block.take(*done)
    return refused
