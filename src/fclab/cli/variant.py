"""`fclab variant`: the classes of a student, by one year's rule or by all of them."""

from typing import TYPE_CHECKING

from fclab.cli.classes import RULE, FlattenedRule
from fclab.cli.language import Spoken
from fclab.cli.progress import wide_output
from fclab.words.languages import Lang

if TYPE_CHECKING:
    from rich.table import Table

    from fclab.labs.lab1.variant import Variant


def variant(*, rule: FlattenedRule = RULE, lang: Spoken = None) -> None:
    """Print the three CIFAR-100 classes of a variant, by number and name.

    The rule changes from year to year, and so does what it calls the number of the group: that
    of its name (25 of ИУ5-25М) or its ordinal. The year that was taken is said.

    Examples:

        fclab variant --group 25 --variant 1 --department iu5

        fclab variant --group 3 --variant 9 --scheme 2026

        fclab variant --group ИУ5-23М --variant 9 --scheme all

        fclab variant --group ИУ5-25М --variant 1 --department ГУИМЦ --lang en

        fclab variant --group 25 --variant 1 --schemes mine.toml --scheme mine

    Parameters
    ----------
    rule
        Group, variant and the year's rule; --scheme all shows every year side by side.
    lang
        Language of the table's headings.
    """

    from fclab.labs.lab1.variant import ALL, DEFAULT_SCHEME
    from fclab.values.errors import UsageError
    from fclab.words.languages import spoken_lang
    from fclab.words.wording import wording

    language = spoken_lang(lang)
    if rule.group is not None and rule.variant is None:
        raise UsageError("which variant? Add --variant, your number in the list")
    if rule.variant is not None and rule.group is None:
        raise UsageError("which group? Add --group, its number or full name: ИУ5-25М")
    if rule.group is None or rule.variant is None:
        raise UsageError("which variant? Give --group and --variant (and --department)")
    out = wide_output()
    if rule.scheme == ALL:
        out.print(_all_years(rule, rule.group, rule.variant, language))
        print(wording(language).plain("variant.default", year=DEFAULT_SCHEME))
        return
    chosen, words = rule.quietly(language)
    if chosen.variant is not None:
        out.print(_one_year(chosen.variant, language))
    print(*words, *_how_hard(chosen.variant, language), sep="\n")


def _how_hard(found: "Variant | None", lang: Lang) -> tuple[str, ...]:
    """How hard the classes are for the lab's network, beside those of the others of that year."""
    from fclab.course.atlas.listing import harder_than, lines_of
    from fclab.course.atlas.looking import lookup
    from fclab.course.atlas.places import places_of
    from fclab.values.errors import UsageError
    from fclab.words.wording import wording

    if found is None:
        return ()
    known = lookup(found.classes)
    try:
        others = lines_of(places_of(found.scheme))
    except UsageError:  # a rule of one's own, for other numbers
        return ()
    return (
        wording(lang).plain(
            "atlas.for_variant",
            mean=known.test.mean,
            margin=known.test.margin,
            predicted=known.source == "predicted",
            share=harder_than(known, others),
        ),
    )


def _one_year(found: "Variant", lang: Lang) -> "Table":
    from rich.table import Table
    from rich.text import Text

    from fclab.labs.lab1.variant import department_text, rule_of
    from fclab.words.wording import wording

    words = wording(lang)
    title = words.plain(
        "variant.title",
        group=found.group,
        number=found.number,
        department=department_text(found.department, lang),
        rule=rule_of(found.scheme, lang),
    )
    columns = ("rule_column", "calculation", "class", "english", "russian")
    table = Table(*words.each("variant", *columns), title=Text(title))
    for term in found.terms:
        table.add_row(term.rule(lang), term.formula, str(term.number), term.name.en, term.name.ru)
    return table


def _all_years(rule: FlattenedRule, group: str, number: int, lang: Lang) -> "Table":
    """One line per rule; two where a group's full name can be read in two ways."""
    from rich.table import Table
    from rich.text import Text

    from fclab.labs.lab1.variant import department_text, load_schemes, parse_department, readings
    from fclab.words.wording import wording

    words, department = wording(lang), department_text(parse_department(rule.department), lang)
    title = words.plain("variant.all", group=group, number=number, department=department)
    columns = ("rule_column", "group_number", "classes", "names")
    table = Table(*words.each("variant", *columns), title=Text(title))
    for found in readings(group, number, rule.department, load_schemes(rule.schemes)):
        means = f"given_{found.scheme.group_means}" if found.taken == "given" else found.taken
        taken = words.plain(f"variant.taken.{means}", group=found.group)
        classes = names = ""
        if found.variant is not None:
            classes = ", ".join(map(str, found.variant.classes))
            names = ", ".join(words.called(term.name) for term in found.variant.terms)
        table.add_row(Text(found.scheme.name), taken, classes or "–", Text(names or found.problem))
    return table
