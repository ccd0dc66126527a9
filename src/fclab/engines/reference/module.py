"""Part 3 of the lab: `nn.Module`, `DataLoader` and `optim.SGD`.

Read `train` first: the five lines inside its inner loop are those of every PyTorch program.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Sampler, TensorDataset

from fclab.engines.job import Job, Tick
from fclab.engines.recorder import Recorder
from fclab.engines.reference.layers import first_layers, named
from fclab.values.dataset import Dataset, Preprocessing
from fclab.values.recipe import Recipe
from fclab.values.rng import batch_orders

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "gelu": nn.GELU}


def train(job: Job, tick: Tick) -> Recorder:
    """Mini-batch SGD over a DataLoader, the network evaluated after every epoch."""
    recipe, dataset, n = job.recipe, job.dataset, len(job.dataset.train)
    model, loss_fn = FullyConnected(job), criterion(recipe)
    loader = DataLoader(tensors(dataset, "train"), recipe.batch(n), sampler=SeededOrder(job))
    sgd = recipe.model_dump(include={"lr", "momentum", "nesterov", "weight_decay"})
    optimizer, rates = torch.optim.SGD(model.parameters(), **sgd), iter(recipe.learning_rates(n))
    recorder = Recorder(job, tick, partial(predict, model, dataset), model.get_weights)
    while not recorder.over:
        model.train()
        seen = 0.0
        for x, y in loader:
            optimizer.param_groups[0]["lr"] = next(rates)
            optimizer.zero_grad()
            loss = loss_fn(model(x), y)
            loss.backward()
            optimizer.step()
            # The last batch is smaller: weigh it by its examples, not as a batch among batches.
            seen += loss.item() * (len(x) if recipe.reduction == "mean" else 1)
        recorder.epoch(running_loss=seen / n)
    return recorder


class FullyConnected(nn.Module):
    """The lab's network: normalise, then Linear and nonlinearity in turn, Linear last."""

    def __init__(self, job: Job):
        super().__init__()
        self.normalize = Normalize(job.dataset.preprocessing)
        blocks: list[nn.Module] = []
        for weight, bias in first_layers(job):  # instead of PyTorch's own random numbers
            linear = nn.Linear(weight.shape[1], weight.shape[0])
            linear.weight, linear.bias = nn.Parameter(weight), nn.Parameter(bias)
            blocks += [linear, ACTIVATIONS[job.recipe.activation]()]
        self.layers = nn.Sequential(*blocks[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """Raw inputs (n, ...) to outputs (n, outputs)."""
        return self.layers(self.normalize(x))

    def get_weights(self) -> dict[str, np.ndarray]:
        """Copies of the weights as named arrays."""
        linears = [block for block in self.layers if isinstance(block, nn.Linear)]
        return named([(linear.weight, linear.bias) for linear in linears])


class Normalize(nn.Module):
    """(x / scale − mean) / std per channel of NHWC images, then flattened to (n, D)."""

    def __init__(self, preprocessing: Preprocessing):
        super().__init__()
        self.scale = preprocessing.scale
        self.mean = torch.tensor(preprocessing.mean)
        self.std = torch.tensor(preprocessing.std)

    def forward(self, x: Tensor) -> Tensor:
        """(n, ...) raw to (n, D) normalised."""
        return torch.flatten((x / self.scale - self.mean) / self.std, start_dim=1)


class SeededOrder(Sampler[int]):
    """The order of the examples, a new one each epoch, from the run's own random stream.

    It stands for ``shuffle=True``, whose order depends on PyTorch's global generator.
    """

    def __init__(self, job: Job):
        self.n, self.shuffle = len(job.dataset.train), job.recipe.batch_size is not None
        self.orders = batch_orders(job.seed, self.n, job.recipe.epochs)

    def __iter__(self) -> Iterator[int]:
        return iter(next(self.orders).tolist() if self.shuffle else range(self.n))

    def __len__(self) -> int:
        return self.n


def criterion(recipe: Recipe) -> nn.Module:
    """The loss as PyTorch has it, summed or averaged over the batch as the recipe says."""
    match recipe.loss:
        case "cross_entropy":
            return nn.CrossEntropyLoss(reduction=recipe.reduction)
        case "log_loss":
            return nn.BCEWithLogitsLoss(reduction=recipe.reduction)
        case "squared_error":
            return nn.MSELoss(reduction=recipe.reduction)


def tensors(dataset: Dataset, split: str) -> TensorDataset:
    """Raw inputs as float32 and targets as the losses want them: class indices, or a column."""
    part = dataset.splits[split]
    y = torch.tensor(part.y)
    return TensorDataset(
        torch.tensor(part.x, dtype=torch.float32),
        y if dataset.task == "multiclass" else y.reshape(-1, 1),
    )


@torch.no_grad()
def predict(model: nn.Module, dataset: Dataset, split: str) -> np.ndarray:
    """Outputs of the network for all inputs of a split, ``(n, outputs)``."""
    model.eval()
    loader = DataLoader(tensors(dataset, split), batch_size=1024)
    return torch.cat([model(x) for x, _ in loader]).numpy()
