"""What a column of a final table is about, by its head."""

import re
from enum import Enum

from fclab.course.reading.plain import fold


class Role(Enum):
    """What the cells of a column are."""

    NONE = ""
    CONFIG = "config"
    DEPTH = "depth"
    """How many layers."""
    LAYER = "layer"
    """Neurons of one layer."""
    HYPER = "hyper"
    LR = "lr"
    BATCH = "batch"
    EPOCHS = "epochs"
    ACCURACY = "accuracy"
    TEST = "test"
    TRAIN = "train"
    COMMENT = "comment"
    NUMBER = "number"
    OTHER = "other"
    ASIDE = "aside"
    """Losses, times and the like: of no use here."""


TEST_WORDS = (
    r"(?:test\w*|тест\w*|valid\w*|val\b|val_?acc\w*|валид\w*|провероч\w*|контрольн\w*|тестир\w*)"
)
TRAIN_WORDS = r"(?:train\w*|(?<!переоб)(?<!недооб)обуч\w*|трен\w*|трейн\w*)"
LR_WORDS = (
    r"(?:learning[ _-]?rate|\blr\b|\bl\.r\.|скорост\w*(?: обуч\w*)?|темп\w* обуч\w*|шаг\w* обуч\w*"
    r"|коэф\w*\.? (?:скорости )?обуч\w*|\bstep size\b|\bη\b|\beta\b|^шаг$)"
)
BATCH_WORDS = (
    r"(?:(?:mini)?[ _-]?batch(?:[ _-]?size)?|\bbs\b|(?:размер\w*|объем\w*)? ?(?:мини-?)?"
    r"(?:батч\w*|бач\w*|бэтч\w*|батш\w*|пакет\w*|пачк\w*))"
)
EPOCH_WORDS = r"(?:(?:num_|n_)?epochs?|эпох\w*|\bэп\b\.?|\bep\b)"
ACCURACY_WORDS = (
    r"(?:точност\w*|accuracy|\bacc\b|доля (?:верных|правильных)|качеств\w*"
    r"|результат\w*|result\w*|метрик\w*)"
)
_ASIDE = (
    r"(?:loss|потер\w*|ошибк\w*|врем\w*|time|f1|precision|recall|полнота|разност\w*"
    r"|gap|iterations?|итерац\w*|параметров|весов|интервал|interval)"
)
_COMMENT = (
    r"(?:коммент\w*|comment\w*|примечан\w*|описан\w*|вывод\w*|note\w*|что (?:из"
    r"|с)мен\w*|пояснен\w*|изменени\w*|remarks?|задани\w*|действи\w*)"
)
_CONFIG = (
    r"(?:конфиг\w*|архитект\w*|config\w*|architect\w*|структур\w*|сло[ийея]\w*"
    r"|layers?|модел\w*|model|нейрон\w*|network|сеть|сети|топологи\w*|hidden\w*"
    r"|скрыт\w*)"
)
_HYPER = r"(?:гипер\w*|hyper\w*|параметр\w*|настройк\w*|settings|parameters?|params)"
_OTHER = (
    r"(?:оптимиз\w*|optimi[sz]er|momentum|момент\w*|dropout|дропаут|weight[ _]?decay"
    r"|регуляриз\w*|функци\w* активац\w*|активац\w*|activation|аугмент\w*|augment\w*"
    r"|\bl2\b)"
)
_PRECISION = r"precision|recall|полнот\w*|\bf1\b|f-?мер\w*"
_DEPTH = (
    r"(?:кол\w*-?во|количеств\w*|число|number of|num\.?|n)\s*"
    r"(?:скрыт\w* |полносвязн\w* |hidden )?(?:слоев|layers)"
    r"|(?:скрыт\w* )?слоев|глубина(?: сети)?|depth"
)
_ONE_LAYER = (
    r"(?:(?:нейрон\w* (?:в|на|во) )?(?:скрыт\w* |hidden ?)?"
    r"(?:сло[йяе]|layer|fc|linear|hidden|h)[ _-]?(?:№ ?)?(\d)"
    r"|(\d)(?:-?[ыйогмт]{1,3})? (?:скрыт\w* )?сло[йяе])(?: ?\(?нейрон\w*\)?)?"
)
_NUMBER = (
    r"(?:№|#|n|no\.?|номер|п/п|№ ?п/п|опыт|эксперимент|experiment|run|id|запуск|шаг"
    r"|вариант обучения|вариант)"
)


_LETTERS = {
    "b": Role.BATCH, "\u0432": Role.BATCH, "e": Role.EPOCHS, "ep": Role.EPOCHS,
    "эп": Role.EPOCHS, "α": Role.LR, "alpha": Role.LR, "η": Role.LR,
}  # fmt: skip


def layer_number(text: str) -> int | None:
    """Of which layer a head of `Role.LAYER` speaks."""
    found = re.fullmatch(_ONE_LAYER, fold(text))
    return int(found[1] or found[2]) if found else None


def role_of(text: str) -> Role:
    """What a head says its column is; several words of it may speak of several things."""
    head = fold(text)
    if not head or len(head) > 160:
        return Role.NONE
    if re.fullmatch(_NUMBER + r"[ .:]*", head):
        return Role.NUMBER
    if head in _LETTERS:
        return _LETTERS[head]
    if re.fullmatch(_DEPTH, head):
        return Role.DEPTH
    if re.fullmatch(_ONE_LAYER, head):
        return Role.LAYER
    if re.search(r"(?:точност\w*|accuracy|acc\b).*\b(?:до|before)$", head):
        return Role.ASIDE
    has = lambda words: re.search(words, head) is not None  # noqa: E731
    lr, batch, epochs = has(LR_WORDS), has(BATCH_WORDS), has(EPOCH_WORDS)
    bare = re.sub(LR_WORDS, " ", head)
    test, train = bool(re.search(TEST_WORDS, bare)), bool(re.search(TRAIN_WORDS, bare))
    if head == "параметр" or head == "parameter":
        return Role.NONE
    accurate = has(ACCURACY_WORDS) or test
    if lr + batch + epochs > 1 or (has(_HYPER) and not accurate):
        return Role.HYPER
    if has(_COMMENT) and not accurate:
        return Role.COMMENT
    if has(_PRECISION) and not re.search(r"accuracy|верных|правильных", head):
        return Role.ASIDE
    if re.match(
        r"(?:δ|\u2206|прирост|изменение|разниц\w*|разрыв|улучшение|delta|gain|gap)\b", head
    ):
        return Role.ASIDE
    beside = re.sub(r"[(\[].*[)\]]", "", head) if lr or batch or epochs else head
    if re.search(_ASIDE, beside) and not has(ACCURACY_WORDS):
        return Role.ASIDE
    if lr:
        return Role.LR
    if batch:
        return Role.BATCH
    if epochs and not accurate:
        return Role.ASIDE if re.search("лучш|best|переоб", head) else Role.EPOCHS
    if test and train:
        return Role.ACCURACY
    if has(ACCURACY_WORDS) or test or train:
        return Role.TEST if test else Role.TRAIN if train else Role.ACCURACY
    if has(_OTHER):
        return Role.OTHER
    if has(_CONFIG):
        return Role.CONFIG
    return Role.NONE
