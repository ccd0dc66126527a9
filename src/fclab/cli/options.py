"""Options that several commands share, and how bad values become one clear line."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter
from pydantic import ValidationError

from fclab.errors import UsageError
from fclab.recipe import Recipe

Lang = Literal["ru", "en"]


def default_lang() -> Lang:
    """FCLAB_LANG if it is set to ``en``; else Russian, the language of the lab."""
    return "en" if os.environ.get("FCLAB_LANG", "").lower().startswith("en") else "ru"


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
    store: str | None = None
    """Where runs are kept: a file, or postgresql://user@host/base; default: results/store.db, or
    store.db in the folder of --out."""

    def __post_init__(self):
        if self.seed < 0:
            raise UsageError(f"the seed is 0 or more, not {self.seed}")

    @property
    def language(self) -> Lang:
        """The language asked for, or the default one."""
        return self.lang or default_lang()


@Parameter(name="*")
@dataclass(frozen=True)
class Title:
    """What the title page says. What is not given here comes from fclab.toml, else is a blank."""

    student: str | None = None
    """Who hands in the report."""
    teacher: str | None = None
    """Who takes it."""
    university: str | None = None
    """Name of the university."""
    faculty: str | None = None
    """Name of the faculty."""
    department_name: str | None = None
    """Name of the department, as the title page has it."""
    discipline: str | None = None
    """Name of the discipline."""
    city: str | None = None
    """City."""
    year: str | None = None
    """Year."""
    template: Path | None = None
    """TOML file with the title page of another university."""
    settings: Path | None = None
    """TOML file with a section [report]; default: fclab.toml, if there is one here."""

    @property
    def given(self) -> dict[str, str]:
        """What was given, by the keys of the section [report]."""
        values = {
            "student": self.student, "teacher": self.teacher, "university": self.university,
            "faculty": self.faculty, "department": self.department_name,
            "discipline": self.discipline, "city": self.city, "year": self.year,
            "template": str(self.template) if self.template else None,
        }  # fmt: skip
        return {name: value for name, value in values.items() if value}


COMMON = Common()
TITLE = Title()
Many = Parameter(consume_multiple=True, negative="")
Flattened = Annotated[Common, Parameter(name="*")]
FlattenedTitle = Annotated[Title, Parameter(name="*")]


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
