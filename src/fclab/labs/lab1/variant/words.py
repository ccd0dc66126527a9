"""What is said about a variant, in one wording for command line, report and notebook."""

from collections.abc import Iterable, Mapping, Sequence

from fclab.labs.lab1.variant.readings import exchanged, readings, with_classes
from fclab.labs.lab1.variant.rule import Variant
from fclab.labs.lab1.variant.scheme import SCHEMES, Scheme
from fclab.values.errors import FclabError
from fclab.values.names import CLASS_NAMES
from fclab.words.languages import Lang
from fclab.words.wording import wording

_ORDINAL_FROM = 10  # a department has fewer groups a year: such a number is that of a name


def rule_of(scheme: Scheme, lang: Lang) -> str:
    """What stands after the word "rule": "of 2024", "2024 года"; of one's own rule its name."""
    kind = "year" if scheme.name.isdigit() else "named"
    return wording(lang).plain(f"variant.{kind}", name=scheme.name)


def notes(variant: Variant, lang: Lang, schemes: Mapping[str, Scheme] = SCHEMES) -> tuple[str, ...]:
    """By which year's rule the classes follow and how to take another one; what an older version
    called that rule; other years whose rule gives the same set; a group that looks misread."""
    words, scheme = wording(lang), variant.scheme
    rule = rule_of(scheme, lang)

    def say(key: str, **values: object) -> str:
        return words.plain(f"variant.{key}", **values)

    meaning = say(scheme.group_means, group=variant.group)
    others = [name for name in schemes if name != scheme.name]
    said = [say("rule", rule=rule, meaning=meaning), say("others", names=others)]
    if scheme.formerly:
        said.append(say("formerly", rule=rule, formerly=scheme.formerly))
    found = readings(variant.group, variant.number, variant.department, schemes)
    said += [
        say("same", rule=rule_of(other.scheme, lang), group=other.group)
        for other in with_classes(found, variant.classes)
        if other.scheme.name != scheme.name
    ]
    if scheme.group_means == "ordinal" and variant.group >= _ORDINAL_FROM:
        ordinal = variant.group % 10 or "N"
        said.append(say("seems", rule=rule, group=variant.group, ordinal=ordinal))
    return tuple(said)


def old_name(scheme: Scheme, lang: Lang) -> tuple[str, ...]:
    """A word to those who ask for the scheme whose name meant another rule in fclab 0.1.0."""
    return (wording(lang).plain("variant.typed"),) if scheme == SCHEMES["2026"] else ()


def matched(taken: Variant, asked: Scheme, instead: Variant | None, lang: Lang) -> str:
    """That classes which were named are those of another year's rule than the one asked for."""
    words = wording(lang)
    return words.plain(
        "variant.matched",
        classes=_listed(taken.classes),
        rule=rule_of(taken.scheme, lang),
        group=taken.group,
        asked=rule_of(asked, lang),
        instead=_listed(instead.classes) if instead else words.plain("variant.none"),
    )


def trap(classes: Sequence[int], lang: Lang) -> tuple[str, ...]:
    """The trap of the lab's own notebook (`exchanged`), for classes typed in this order."""
    words, listed = wording(lang), f"[{_listed(classes)}]"
    lines = [
        words.plain("variant.line", said=said, number=n, name=words.called(CLASS_NAMES[n]))
        for said, n in exchanged(classes)
    ]
    key = "variant.exchanged" if lines else "variant.straight"
    shown = words.plain(key, classes=listed, lines="; ".join(lines))
    return words.plain("variant.trap"), shown, words.plain("variant.kept")


def without_options(error: FclabError) -> FclabError:
    """An error of a rule as a dialogue or a page says it: no options are given there."""
    return FclabError(error.template, **{**error.values, "remedy": ""})


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))
