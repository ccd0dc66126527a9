"""The reference engine: PyTorch the way the lab writes it. The oracle of every faster engine.

Three pages to learn from, each a training loop read in one sitting:

- `by_hand`: part 1, gradients derived by hand;
- `autograd`: part 2, gradients by PyTorch's autograd;
- `module`: part 3, `nn.Module`, `DataLoader`, `optim.SGD`.
"""

from time import perf_counter

from fclab.engines.job import Job, Tick, finish
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.values.run import EngineChoice, Run

NAME = "reference"


def refuses(dataset: Dataset, recipe: Recipe) -> str | None:
    """Why this engine does not train the recipe, or None if it does."""
    if recipe.optimizer != "sgd":
        return f"the lab's loops use SGD, not {recipe.optimizer}"
    return f"the lab's loops have no {', '.join(recipe.extras)}" if recipe.extras else None


def train_one(job: Job, tick: Tick, choice: EngineChoice) -> Run:
    """Train one run on one thread, on the page that teaches its part of the lab."""
    import torch

    from fclab.engines.reference import autograd, by_hand, module

    recipe = job.recipe
    plain = recipe.batch_size is None and not (recipe.momentum or recipe.weight_decay)
    if job.dataset.task == "multiclass" or job.evaluates or not plain:
        page = module
    else:
        page = by_hand if job.dataset.task == "regression" else autograd
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # networks this small lose from more, and sums keep their order
    try:
        started = perf_counter()
        trained = page.train(job, tick)
        return finish(job, choice, trained, perf_counter() - started)
    finally:
        torch.set_num_threads(threads)
