"""`fclab data`: fetch CIFAR-100, check it, say what it holds."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from fclab.words.languages import Lang

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.table import Table

    from fclab.data.cifar100 import Description, FileCheck

_TEXTS = {
    "en": {
        "absent": "CIFAR-100 is not here yet: fetching it into {home}. Ctrl-C is safe: the next "
        "`fclab data` goes on from there.",
        "download": "Downloading", "unpack": "Unpacking", "verify": "Checking",
        "where": "CIFAR-100: {path}",
        "files": ("File", "Bytes", "MD5", ""), "ok": "official", "bad": "NOT THE OFFICIAL FILE",
        "parts": ("Part", "Images", "Height × width × channels", "Per class"),
        "classes": ("Class", "English", "Russian", "train", "test"),
    },
    "ru": {
        "absent": "CIFAR-100 здесь ещё нет: загружается в {home}. Можно прервать (Ctrl-C): "
        "следующий `fclab data` продолжит с того же места.",
        "download": "Загрузка", "unpack": "Распаковка", "verify": "Проверка",
        "where": "CIFAR-100: {path}",
        "files": ("Файл", "Байт", "MD5", ""), "ok": "подлинный", "bad": "НЕ ПОДЛИННЫЙ",
        "parts": ("Часть", "Изображений", "Высота × ширина × каналы", "В классе"),
        "classes": ("Класс", "По-английски", "По-русски", "train", "test"),
    },
}  # fmt: skip


def data(
    *,
    data: Path | None = None,
    fetch: bool | None = None,
    mirror: Annotated[tuple[str, ...], Parameter(negative="", show_default=False)] = (),
    classes: Annotated[bool, Parameter(negative="", show_default=False)] = False,
    lang: Lang | None = None,
) -> None:
    """Fetch CIFAR-100 if it is not on this machine, verify its files and describe them.

    Examples:

        fclab data

        fclab data --data ~/Downloads/cifar-100-python.tar.gz

        fclab data --mirror https://example.org/datasets/ --lang en

        fclab data --no-fetch --classes

    Parameters
    ----------
    data
        An unpacked folder or the archive to look at, instead of FCLAB_DATA or the cache.
    fetch
        --fetch: download anew, even if the files are here; --no-fetch: never download.
        By default they are downloaded when they are absent.
    mirror
        One more address of the archive, asked after the official one; an address that ends with /
        is a folder. May be given several times; FCLAB_MIRRORS (comma separated) adds others.
    classes
        Print all 100 classes with their names and numbers of images.
    lang
        Language of the output; default: ru (or FCLAB_LANG).
    """

    from fclab.cli.options import default_lang
    from fclab.cli.progress import byte_bar, byte_bars, output
    from fclab.data.cifar100 import describe, locate, opened, verify
    from fclab.data.cifar100.places import ABSENT
    from fclab.values.errors import DataError, UsageError

    if data and fetch:
        raise UsageError("--data names files that you have, --fetch downloads them: choose one")
    texts, out = _TEXTS[lang or default_lang()], output()
    with byte_bars() as progress:
        path = None if fetch else locate(data)
        if path is None:
            if fetch is False:
                raise DataError(ABSENT)
            path = _fetch(progress, texts, mirror, anew=bool(fetch))
        path = opened(path, byte_bar(progress, texts["unpack"]))
        checks = verify(path, byte_bar(progress, texts["verify"]))
    out.print(texts["where"].format(path=path), soft_wrap=True, markup=False, highlight=False)
    out.print(_files(checks, texts))
    found = describe(path, files=checks)
    out.print(_parts(found, texts))
    if classes:
        out.print(_classes(found, texts))


def _fetch(progress: "Progress", texts: dict, mirrors: tuple[str, ...], *, anew: bool) -> Path:
    from fclab.cli.progress import byte_bar, say
    from fclab.data.cifar100 import fetch
    from fclab.data.location import cache_dir

    say(texts["absent"].format(home=cache_dir()))
    return fetch(
        mirrors=mirrors,
        anew=anew,
        progress=byte_bar(progress, texts["download"]),
        unpacking=byte_bar(progress, texts["unpack"]),
    )


def _files(checks: "tuple[FileCheck, ...]", texts: dict) -> "Table":
    table = _table(texts["files"], right=(1,))
    for one in checks:
        verdict = texts["ok"] if one.ok else texts["bad"]
        table.add_row(one.path.name, f"{one.size:,}".replace(",", " "), one.md5, verdict)
    return table


def _parts(found: "Description", texts: dict) -> "Table":
    table = _table(texts["parts"], right=(1, 3))
    for name, (n, *shape) in found.shapes.items():
        least, most = found.per_class[name]
        each = str(least) if least == most else f"{least}–{most}"
        table.add_row(name, str(n), " × ".join(map(str, shape)), each)
    return table


def _classes(found: "Description", texts: dict) -> "Table":
    from fclab.values.names import CLASS_NAMES

    table = _table(texts["classes"], right=(0, 3, 4))
    for name, train, test in zip(CLASS_NAMES, *found.counts.values(), strict=True):
        table.add_row(str(name.number), name.en, name.ru, str(train), str(test))
    return table


def _table(headings: tuple[str, ...], right: tuple[int, ...]) -> "Table":
    from rich.table import Table

    table = Table()
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place in right else "left")
    return table
