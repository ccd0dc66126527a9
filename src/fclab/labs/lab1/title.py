"""The title page of a department: its university, faculty and name."""

from fclab.labs.lab1.variant import Department
from fclab.report.title import TitleSettings
from fclab.words.languages import Lang
from fclab.words.wording import wording

_KNOWN = ("university", "faculty", "department")


def of_department(title: TitleSettings, department: Department, lang: Lang) -> TitleSettings:
    """The settings, with what is known of the department in place of blanks."""
    words = wording(lang)
    known = {
        name: words.plain(f"title_page.{name}.{department}")
        for name in _KNOWN
        if not getattr(title, name)
    }
    return title.model_copy(update=known)
