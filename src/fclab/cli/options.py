"""Options that several commands share, and how bad values become one clear line."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from pydantic import ValidationError

from fclab.errors import UsageError
from fclab.lang import Lang as Lang
from fclab.lang import default_lang as default_lang
from fclab.recipe import Recipe


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """Options of every command that trains."""

    seed: int = 0
    """Fixes every random stream: noise, initial weights, order of the batches."""
    out: Path | None = None
    """Folder for the results; default: results/ and a name that says what was run."""
    lang: Lang | None = None
    """Language of report and figures; default: ru (or FCLAB_LANG)."""
    engine: str = "auto"
    """Who trains: auto, reference (PyTorch as the lab writes it), or another engine by name."""
    device: Literal["cpu", "cuda"] = "cpu"
    """Where the torch engine computes."""

    def __post_init__(self):
        if self.seed < 0:
            raise UsageError(f"the seed is 0 or more, not {self.seed}")

    @property
    def language(self) -> Lang:
        """The language asked for, or the default one."""
        return self.lang or default_lang()


COMMON = Common()
Many = Parameter(consume_multiple=True, negative="")
Flattened = Annotated[Common, Parameter(name="*")]


def recipe_from(base: Recipe, **changes: Any) -> Recipe:
    """A recipe with some fields changed.

    Raises:
        UsageError: a value is out of range; the line names option and value.
    """
    try:
        return base.but(**changes)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        reason = first["msg"].removeprefix("Value error, ")
        option = "-".join(str(part) for part in first["loc"][:1]).replace("_", "-")
        raise UsageError(f"--{option} {first['input']}: {reason}" if option else reason) from error
