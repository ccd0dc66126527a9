"""What a person is told on the terminal about point clouds that were not separated."""

from collections.abc import Iterator

from fclab.analysis.surface import separated
from fclab.labs.lab1.lab import Cloud, LabResults, PartResult
from fclab.labs.lab1.trials import Trial
from fclab.values.recipe import BINARY, Recipe, format_layers

_TEXTS = {
    "en": {
        "failed": "{cloud}: not separated, {share:.1%} of the fresh points are answered right.",
        "all": "  From {n} of {n} seeds separated by: {command}",
        "some": "  No change separates it from every seed; the best from {k} of {n}: {command}",
        "none": "  Of the changes tried none separates it.",
        "untried": "  Nothing else was tried: leave out --tries 0 to see what separates it.",
    },
    "ru": {
        "failed": "{cloud}: не разделено, верных ответов на новых точках {share:.1%}.",
        "all": "  Разделяет на {n} зёрнах из {n}: {command}",
        "some": "  На всех зёрнах не разделяет ничто; лучшее – на {k} из {n}: {command}",
        "none": "  Ничто из проверенного его не разделяет.",
        "untried": "  Другого не проверено: без --tries 0 будет видно, что его разделяет.",
    },
}
_OPTIONS = (
    "layers", "activation", "init_scale", "lr", "epochs", "batch_size", "momentum", "weight_decay",
    "schedule",
)  # fmt: skip


def advice(results: LabResults, clouds: dict[str, Cloud], lang: str) -> Iterator[str]:
    """Lines about every cloud that was trained and not separated: that it is so, and a command
    that separates it, as far as one was found.

    Args:
        clouds: how the data of part 2 are made, by their fingerprint.
    """
    texts = _TEXTS[lang]
    for part in results.binary:
        if part.run.diverged_at is not None or separated(part.run):
            continue
        name, share = part.run.dataset.name, part.run.metrics["test_accuracy"]
        yield texts["failed"].format(cloud=name, share=share)
        trial = _trial(part, results.trials)
        if trial is None:
            yield texts["untried"]
        elif trial.best is None:
            yield texts["none"]
        else:
            best, n = trial.best, trial.seeds
            told = command(clouds[part.run.dataset.fingerprint], best.recipe)
            key = "all" if best.separated == n else "some"
            yield texts[key].format(n=n, k=best.separated, command=told)


def _trial(part: PartResult, trials: tuple[Trial, ...]) -> Trial | None:
    found = (t for t in trials if t.fingerprint == part.run.dataset.fingerprint)
    return next((t for t in found if t.base.recipe == part.run.recipe), None)


def command(cloud: Cloud, recipe: Recipe) -> str:
    """The command that trains the recipe on the cloud: what is not its default is named."""
    words = ["fclab binary", f"--shapes {cloud.shape}"]
    given = cloud.model_dump(exclude_defaults=True, exclude={"kind", "shape"})
    words += [f"--{name} {value}" for name, value in given.items()]
    for name in _OPTIONS:
        value = getattr(recipe, name)
        if value != getattr(BINARY, name):
            shown = f'"{format_layers(value)}"' if name == "layers" else f"{value}"
            words.append(f"--{name.replace('_', '-')} {shown}")
    return " ".join(words)
