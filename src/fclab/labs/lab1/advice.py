"""What a person is told of point clouds that were not separated: a command that separates them."""

from collections.abc import Iterator

from fclab.analysis.surface import separated
from fclab.data.kept import Cloud, OwnCloud
from fclab.labs.lab1.lab import KeptLab1, Lab1Results
from fclab.labs.lab1.trials import Trial
from fclab.labs.values import MadeResult
from fclab.values.recipe import BINARY, Recipe, format_layers
from fclab.words.languages import Lang
from fclab.words.wording import wording

_OPTIONS = (
    "layers", "activation", "init_scale", "lr", "epochs", "batch_size", "momentum", "weight_decay",
    "schedule",
)  # fmt: skip


def advice(kept: KeptLab1, results: Lab1Results, lang: Lang) -> Iterator[str]:
    """Lines about every cloud that was trained and not separated: that it is so, and a command
    that separates it, as far as one was found."""
    clouds = {
        part.fingerprint: part.data for part in kept.parts
        if isinstance(part.data, Cloud | OwnCloud)
    }  # fmt: skip
    words = wording(lang)
    for part in results.binary:
        if part.run.diverged_at is not None or separated(part.run):
            continue
        name, share = part.run.dataset.name, part.run.metrics["test_accuracy"]
        yield words.plain("cli.separation.failed", cloud=name, share=share)
        trial = _trial(part, results.trials)
        if trial is None:
            yield f"  {words.plain('cli.separation.untried')}"
        elif trial.best is None:
            yield f"  {words.plain('cli.separation.none')}"
        else:
            best, n = trial.best, trial.seeds
            told = command(clouds[part.run.dataset.fingerprint], best.recipe)
            key = "all" if best.separated == n else "some"
            said = {"n": n, "k": best.separated, "command": told}
            yield f"  {words.plain(f'cli.separation.{key}', **said)}"


def _trial(part: MadeResult, trials: tuple[Trial, ...]) -> Trial | None:
    found = (t for t in trials if t.fingerprint == part.run.dataset.fingerprint)
    return next((t for t in found if t.base.recipe == part.run.recipe), None)


def command(cloud: Cloud | OwnCloud, recipe: Recipe) -> str:
    """The command that trains the recipe on the cloud: what is not its default is named; the file
    of points of one's own is not known."""
    words = ["fclab binary"]
    if isinstance(cloud, Cloud):
        words.append(f"--shapes {cloud.shape}")
        given = cloud.model_dump(exclude_defaults=True, exclude={"kind", "shape"})
        words += [f"--{name} {value}" for name, value in given.items()]
    else:
        words.append("--xy FILE")
    for name in _OPTIONS:
        value = getattr(recipe, name)
        if value != getattr(BINARY, name):
            shown = f'"{format_layers(value)}"' if name == "layers" else f"{value}"
            words.append(f"--{name.replace('_', '-')} {shown}")
    return " ".join(words)
