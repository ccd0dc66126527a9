"""What is said about a variant, in one wording for command line, report and notebook."""

from collections.abc import Iterable, Mapping, Sequence

from fclab.labs.lab1.variant.readings import exchanged, readings, with_classes
from fclab.labs.lab1.variant.rule import Variant
from fclab.labs.lab1.variant.scheme import SCHEMES, Scheme
from fclab.values.names import CLASS_NAMES

_ORDINAL_FROM = 10  # a department has fewer groups a year: such a number is that of a name

_TEXTS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "year": "of {name}",
        "named": "“{name}”",
        "or": " or ",
        "name": "its group number is the one in the group's name (25 of ИУ5-25М)",
        "ordinal": "its group number is the ordinal of the group (1, 2, 3, …), "
        "not the one in its name",
        "either": "its group number was read now as the one in the group's name, now as the "
        "ordinal; here it is {group}",
        "rule": "The classes follow by the rule {rule}; {meaning}.",
        "others": "Another year's rule: --scheme {names}; all of them side by side: "
        "fclab variant --scheme all.",
        "formerly": "fclab 0.1.0 called the rule {rule} “{formerly}”.",
        "typed": "--scheme 2026 is the rule of 2026; fclab 0.1.0 called the rule of 2024 so, which "
        "is now --scheme 2024.",
        "same": "The rule {rule} for group {group} gives the same set of classes.",
        "seems": "The rule {rule} counts groups, and {group} looks like the number in a name: if "
        "the ordinal of your group is {ordinal}, write --group {ordinal}.",
        "matched": "The classes {classes} are those of the rule {rule} for group {group}, not of "
        "the rule {asked}, which gives {instead}. They are taken as given, with that rule.",
        "none": "no classes",
        "trap": "A trap of the lab's own notebook: np.unique numbers the classes in ascending "
        "order, but classification_report names its lines in the order in which the classes were "
        "typed.",
        "exchanged": "With {classes} these lines would be exchanged: {lines}.",
        "line": "the line “{said}” is about class {number} ({name})",
        "straight": "Typed in ascending order, {classes}, the lines are right; in any other order "
        "they are not.",
        "kept": "Here every class keeps its own name and numbers, in whatever order it was typed.",
    },
    "ru": {
        "year": "{name} года",
        "named": "«{name}»",
        "or": " или ",
        "name": "номер группы в нём – число из её названия (25 у ИУ5-25М)",
        "ordinal": "номер группы в нём – порядковый (1, 2, 3, …), а не число из названия",
        "either": "номер группы в нём понимали и как число из названия, и как порядковый; "
        "здесь это {group}",
        "rule": "Классы получены по правилу {rule}; {meaning}.",
        "others": "Правило другого года: --scheme {names}; все рядом: fclab variant --scheme all.",
        "formerly": "fclab 0.1.0 называл правило {rule} «{formerly}».",
        "typed": "--scheme 2026 – это правило 2026 года; fclab 0.1.0 называл так правило "
        "2024 года, теперь это --scheme 2024.",
        "same": "Правило {rule} для группы {group} даёт тот же набор классов.",
        "seems": "Правило {rule} считает группы по порядку, а {group} похоже на число из названия: "
        "если порядковый номер вашей группы – {ordinal}, напишите --group {ordinal}.",
        "matched": "Классы {classes} – по правилу {rule} для группы {group}, а не по правилу "
        "{asked}, которое даёт {instead}. Они взяты как есть, с этим правилом.",
        "none": "не даёт трёх классов",
        "trap": "Ловушка ноутбука из задания: np.unique нумерует классы по возрастанию, а "
        "classification_report подписывает строки в том порядке, в котором классы введены.",
        "exchanged": "Для {classes} были бы перепутаны строки: {lines}.",
        "line": "строка «{said}» – о классе {number} ({name})",
        "straight": "Если ввести их по возрастанию, {classes}, строки подписаны верно, в любом "
        "другом порядке – нет.",
        "kept": "Здесь у каждого класса своё имя и свои числа, в каком бы порядке его ни ввели.",
    },
}


def rule_of(scheme: Scheme, lang: str) -> str:
    """What stands after the word "rule": "of 2024", "2024 года"; of one's own rule its name."""
    kind = "year" if scheme.name.isdigit() else "named"
    return _TEXTS[lang][kind].format(name=scheme.name)


def notes(variant: Variant, lang: str, schemes: Mapping[str, Scheme] = SCHEMES) -> tuple[str, ...]:
    """By which year's rule the classes follow and how to take another one; what an older version
    called that rule; other years whose rule gives the same set; a group that looks misread."""
    texts, scheme = _TEXTS[lang], variant.scheme
    rule = rule_of(scheme, lang)
    meaning = texts[scheme.group_means].format(group=variant.group)
    others = [name for name in schemes if name != scheme.name]
    said = [
        texts["rule"].format(rule=rule, meaning=meaning),
        texts["others"].format(names=_either(others, texts["or"])),
    ]
    if scheme.formerly:
        said.append(texts["formerly"].format(rule=rule, formerly=scheme.formerly))
    found = readings(variant.group, variant.number, variant.department, schemes)
    said += [
        texts["same"].format(rule=rule_of(other.scheme, lang), group=other.group)
        for other in with_classes(found, variant.classes)
        if other.scheme.name != scheme.name
    ]
    if scheme.group_means == "ordinal" and variant.group >= _ORDINAL_FROM:
        ordinal = variant.group % 10 or "N"
        said.append(texts["seems"].format(rule=rule, group=variant.group, ordinal=ordinal))
    return tuple(said)


def old_name(scheme: Scheme, lang: str) -> tuple[str, ...]:
    """A word to those who ask for the scheme whose name meant another rule in fclab 0.1.0."""
    return (_TEXTS[lang]["typed"],) if scheme == SCHEMES["2026"] else ()


def matched(taken: Variant, asked: Scheme, instead: Variant | None, lang: str) -> str:
    """That classes which were named are those of another year's rule than the one asked for."""
    texts = _TEXTS[lang]
    return texts["matched"].format(
        classes=_listed(taken.classes),
        rule=rule_of(taken.scheme, lang),
        group=taken.group,
        asked=rule_of(asked, lang),
        instead=_listed(instead.classes) if instead else texts["none"],
    )


def trap(classes: Sequence[int], lang: str) -> tuple[str, ...]:
    """The trap of the lab's own notebook (`exchanged`), for classes typed in this order."""
    texts, listed = _TEXTS[lang], f"[{_listed(classes)}]"
    lines = [
        texts["line"].format(said=said, number=number, name=CLASS_NAMES[number].text(lang))
        for said, number in exchanged(classes)
    ]
    if lines:
        shown = texts["exchanged"].format(classes=listed, lines="; ".join(lines))
    else:
        shown = texts["straight"].format(classes=listed)
    return texts["trap"], shown, texts["kept"]


def _listed(numbers: Iterable[int]) -> str:
    return ", ".join(map(str, numbers))


def _either(names: Sequence[str], word: str) -> str:
    """``"2022, 2023 or 2025"``."""
    return word.join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
