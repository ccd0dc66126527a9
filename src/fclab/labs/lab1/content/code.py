"""The code of a part: what the lab's own program looks like, and who ran it instead."""

from collections.abc import Mapping

from fclab.analysis.agreement import Agreement
from fclab.report.model import Code
from fclab.report.writer import Writer
from fclab.scripts import listing as listed
from fclab.values.errors import UsageError
from fclab.values.run import Run
from fclab.words.wording import Say, say

Agreements = Mapping[str, Agreement]
"""How near runs are to PyTorch's own loop, by the fingerprint of their data."""


def listing(writer: Writer, run: Run) -> list[Code]:
    """Network, loss and loop of a run as a listing; nothing of a recipe that PyTorch's modules
    cannot say."""
    try:
        code = listed(run, writer.words.language)
    except UsageError:
        return []
    caption = writer.words.text(say("code.caption", task=run.dataset.task))
    return [Code(f"code-{run.dataset.task}", caption, code)]


def trained_by(run: Run, agreements: Agreements) -> Say:
    """Which engine trained a run, and how near it is to PyTorch's own loop.

    Args:
        agreements: what was measured.
    """
    found = agreements.get(run.dataset.fingerprint)
    full = run.recipe.iterations_per_epoch(run.dataset.sizes["train"]) == 1
    return say("code.trained_by", engine=run.engine.name, found=found,
               unit="step" if full else "epoch")  # fmt: skip
