"""The run that a training becomes: outputs, metrics and provenance, made in one way for all."""

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

import numpy as np

from fclab.engines.job import Job, Tick, this_machine
from fclab.engines.recorder import Recorder
from fclab.values.dataset import Dataset
from fclab.values.metrics import accuracy, losses
from fclab.values.model import Weights, answers, network_inputs
from fclab.values.recipe import Recipe
from fclab.values.run import Run


def timed_run(train: Callable[[Job, Tick], Recorder], job: Job, tick: Tick) -> Run:
    """The run of a job that is trained now and by itself."""
    started = perf_counter()
    trained = train(job, tick)
    return finish(job, trained, perf_counter() - started)


def finish(job: Job, trained: Recorder, seconds: float) -> Run:
    """The run that a training becomes: outputs and metrics from the final weights.

    A diverged run has outputs (whatever they are) but NaN for every metric.
    """
    outputs, metrics = _answers(job.dataset, job.recipe, trained.weights, trained.diverged_at)
    return Run(
        dataset=job.dataset.info,
        recipe=job.recipe,
        seed=job.seed,
        engine=job.choice,
        weights=trained.weights,
        history=trained.history,
        outputs=outputs,
        targets={name: split.y for name, split in job.dataset.splits.items()},
        metrics=metrics,
        snapshots=trained.snapshots,
        diverged_at=trained.diverged_at,
        stopped_at=trained.stopped_at,
        seconds=seconds,
        machine=this_machine(),
    )


def with_views(run: Run, dataset: Dataset, recipe: Recipe) -> Run:
    """The run of a recipe whose training is that of ``run``, but whose answers are averaged over
    other views.

    Args:
        run: with its weights.
        dataset: what it was trained on.
        recipe: equal to the run's in `Recipe.training`.
    """
    outputs, metrics = _answers(dataset, recipe, run.weights, run.diverged_at)
    return replace(run, recipe=recipe, outputs=outputs, metrics=metrics)


def _answers(
    dataset: Dataset, recipe: Recipe, weights: Weights, diverged_at: int | None
) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    outputs: dict[str, np.ndarray] = {}
    metrics: dict[str, float] = {}
    with np.errstate(all="ignore"):  # a diverged network may hold anything
        for name, split in dataset.splits.items():
            inputs = network_inputs(recipe, dataset.inputs[name])
            out = outputs[name] = answers(recipe, weights, inputs, dataset.info.input_shape)
            metrics[f"{name}_loss"] = float(losses(recipe.loss, out, split.y).mean())
            if dataset.task != "regression":
                metrics[f"{name}_accuracy"] = accuracy(dataset.task, out, split.y)
    return outputs, metrics if diverged_at is None else dict.fromkeys(metrics, float("nan"))
