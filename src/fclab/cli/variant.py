"""`fclab variant`: the three classes of a student."""

from pathlib import Path
from typing import Literal

_TEXTS = {
    "en": ("Group {group}, variant {number}, {department}, scheme {scheme}",
           "Rule", "Calculation", "Class", "English", "Russian"),
    "ru": ("Группа {group}, вариант {number}, {department}, схема {scheme}",
           "Правило", "Расчёт", "Класс", "По-английски", "По-русски"),
}  # fmt: skip


def variant(
    *,
    group: str,
    variant: int,
    department: str,
    scheme: str = "2026",
    schemes: Path | None = None,
    lang: Literal["ru", "en"] | None = None,
) -> None:
    """Print the three CIFAR-100 classes of a variant, by number and name.

    Examples:

        fclab variant --group 25 --variant 1 --department iu5

        fclab variant --group ИУ5-25М --variant 1 --department ГУИМЦ --lang en

        fclab variant --group 25 --variant 1 --department foreign --schemes years.toml --scheme 2025

    Parameters
    ----------
    group
        Number of the group, or its full name: 25, ИУ5-25М.
    variant
        Number of the variant, from 1.
    department
        iu5 (ИУ5), guimc (ГУИМЦ) or foreign (иностранцы).
    scheme
        The year's rule: 2026 is built in, others come from --schemes.
    schemes
        TOML file with the rules of other years: a section [schemes.2025] with the numbers
        group, variant, iu5, guimc and foreign.
    lang
        Language of the table's headings; default: ru (or FCLAB_LANG).
    """
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from fclab.cli.options import default_lang
    from fclab.variant import classes_of, department_text, find_scheme

    language = lang or default_lang()
    found = classes_of(group, variant, department, scheme=find_scheme(scheme, schemes))
    title, *headings = _TEXTS[language]
    filled = title.format(
        group=found.group,
        number=found.number,
        department=department_text(found.department, language),
        scheme=found.scheme.name,
    )
    table = Table(title=Text(filled))
    for heading in headings:
        table.add_column(heading)
    for term in found.terms:
        table.add_row(
            term.rule(language), term.formula, str(term.number), term.name.en, term.name.ru
        )
    Console().print(table)
