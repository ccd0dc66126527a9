"""The title page: what a student gives, and the form that a university asks for.

Both are TOML. What a student gives stands in ``fclab.toml``, section ``[report]``; the form is a
file of four lists (``title/page.toml`` in the texts of a language is one), so another university
needs a file and no code.
"""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Literal

from jinja2 import StrictUndefined, TemplateError, nodes
from jinja2.sandbox import SandboxedEnvironment
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from fclab.report.form import FormName
from fclab.report.model import Inscription, Person, TitlePage
from fclab.values.errors import Clause, FclabError, UsageError
from fclab.values.fields import OneLine, reason_of
from fclab.values.files import read_toml
from fclab.values.settings_file import SETTINGS_FILE as SETTINGS_FILE
from fclab.values.text import one_line
from fclab.words.languages import Lang

_BLANKS = {"year": 6, "group": 12, "number": 3, "city": 12}
_BLANK = 28  # underscores


OF_THE_FOLDER = ("lang", "form", "appendix", "template", "notes")
"""Settings that say how the report of a folder is set, not what its title page says."""

_USUAL = {nodes.Output, nodes.TemplateData, nodes.Name, nodes.Filter}
"""What a form is made of; with sums, calls and loops a line could take all memory and time."""


class TitleSettings(BaseModel):
    """What the title page says; what is empty becomes a blank to be filled in by hand.

    Attributes:
        student, group, teacher: who hands in, who takes.
        ministry, university, faculty, department, discipline, city, year: where, what for, when.
        title: of the paper.
        number: of the laboratory work.
        designation: of the document, for the main inscription of a framed form.
        lang: code of the language of the report; empty: as asked for.
        form: in which the report is set, see `fclab.report.form`; empty: as asked for.
        appendix: names of the appendices that stand behind the body, a space between them; "all",
            or "none", as empty is.
        notes: Markdown file with the student's own text, relative to the settings file, see
            `fclab.report.notes`; "none": no such file; empty: ``notes.md``, if there is one.
        template: TOML file with the form of another university, relative to the settings file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)

    student: OneLine = ""
    group: OneLine = ""
    teacher: OneLine = ""
    ministry: OneLine = ""
    university: OneLine = ""
    faculty: OneLine = ""
    department: OneLine = ""
    discipline: OneLine = ""
    title: OneLine = ""
    number: OneLine = ""
    city: OneLine = ""
    year: OneLine = ""
    designation: OneLine = ""
    lang: Lang | Literal[""] = ""
    form: FormName | Literal[""] = ""
    appendix: OneLine = ""
    notes: OneLine = ""
    template: str = ""


class _Role(BaseModel):
    model_config = ConfigDict(extra="forbid")

    role: str
    name: str


class _Inscription(BaseModel):
    model_config = ConfigDict(extra="forbid")

    designation: str = "{{ designation }}"
    name: str = "{{ title }}"
    made: str = "{{ student }}"
    checked: str = "{{ teacher }}"
    organisation: str = "{{ group }}"


class _Page(BaseModel):
    model_config = ConfigDict(extra="forbid")

    defaults: dict[str, OneLine] = {}
    head: list[str]
    heading: list[str] = Field(min_length=1)
    people: list[_Role]
    foot: list[str]
    inscription: _Inscription = _Inscription()


def read_settings(path: Path | None = None) -> TitleSettings:
    """The section ``[report]`` of a settings file.

    Args:
        path: the file; None: ``fclab.toml`` of the current folder, if there is one.

    Raises:
        UsageError: the file cannot be read, or has a key that is not known.
    """
    if path is None and not SETTINGS_FILE.is_file():
        return TitleSettings()
    path = path or SETTINGS_FILE
    section = read_toml(path).get("report", {})
    try:
        settings = TitleSettings.model_validate(section)
    except ValidationError as error:
        raise UsageError(
            "{path}, section [report]: {reason}", path=path, reason=_reason(error)
        ) from error
    return settings.model_copy(update=placed(settings.model_dump(), path.parent))


def placed(values: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Those of the values that are files, as paths that begin with the folder."""
    return {
        name: str(folder / Path(values[name]).expanduser())
        for name in ("template", "notes")
        if values.get(name) and (name, values[name]) != ("notes", "none")
    }


def merged(*given: Mapping[str, str | None]) -> TitleSettings:
    """Settings from several places; an earlier one wins where it says anything.

    Raises:
        UsageError: a value cannot stand on a page.
    """
    values: dict[str, str] = {}
    for source in reversed(given):
        values |= {name: value for name, value in source.items() if value and value.strip()}
    try:
        return TitleSettings.model_validate(values)
    except ValidationError as error:
        raise UsageError("{reason}", reason=_reason(error)) from error


def title_page(settings: TitleSettings, language: Lang) -> TitlePage:
    """The title page in the form of the template.

    Raises:
        UsageError: the template cannot be read or is not such a form.
    """
    where, page = _page(settings, language)
    environment = SandboxedEnvironment(undefined=StrictUndefined, keep_trailing_newline=False)
    given = {
        name: getattr(settings, name) or page.defaults.get(name, "")
        for name in TitleSettings.model_fields
        if name not in OF_THE_FOLDER
    }
    blanks = {name: value or _blank(name) for name, value in given.items()}

    def filled(text: str, values: Mapping[str, str] = blanks) -> str:
        told = f"{where}: {text[:80]!r}"
        try:
            unusual = {type(node) for node in environment.parse(text).find_all(nodes.Node)} - _USUAL
            if unusual:
                raise UsageError(
                    "{told}: a name in {{{{ }}}}, with upper or lower, is all there is", told=told
                )
            return one_line(environment.from_string(text).render(values))
        except TemplateError as error:
            reason = " ".join((error.message or "").split())[:200]
            raise UsageError("{told}: {reason}", told=told, reason=reason) from error
        except ValueError as error:
            raise UsageError("{told}: {reason}", told=told, reason=error) from error

    return TitlePage(
        head=tuple(map(filled, page.head)),
        heading=tuple(map(filled, page.heading)),
        people=tuple(Person(filled(line.role), filled(line.name)) for line in page.people),
        foot=tuple(map(filled, page.foot)),
        inscription=Inscription(**{name: filled(text, given) for name, text in page.inscription}),
    )


def _page(settings: TitleSettings, language: Lang) -> tuple[str, _Page]:
    if settings.template:
        where, made = settings.template, read_toml(Path(settings.template))
    else:
        where = f"texts/{language}/title/page.toml"
        made = tomllib.loads((files("fclab.words") / where).read_text("utf-8"))
    try:
        return where, _Page.model_validate(made)
    except ValidationError as error:
        raise UsageError(
            "the title page {where}: {reason}", where=where, reason=_reason(error)
        ) from error


def _reason(error: ValidationError) -> FclabError:
    first = error.errors(include_url=False)[0]
    key = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        if near := get_close_matches(key, TitleSettings.model_fields, 1):
            return Clause("there is no key {key!r}; did you mean {near}?", key=key, near=near[0])
        return Clause("there is no key {key!r}", key=key)
    return Clause("{key}: {reason}", key=key, reason=reason_of(first))


def _blank(name: str) -> str:
    return "_" * _BLANKS.get(name, _BLANK)
