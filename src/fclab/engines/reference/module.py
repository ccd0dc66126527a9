"""Part 3 of the lab: `nn.Module`, `DataLoader` and `optim.SGD`."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Sampler, TensorDataset

from fclab.engines.job import Job, Tick, Trained, initial_weights
from fclab.values.dataset import Dataset, Preprocessing
from fclab.values.metrics import accuracy, losses
from fclab.values.recipe import Recipe
from fclab.values.rng import batch_orders

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "gelu": nn.GELU}


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


class FullyConnected(nn.Module):
    """The lab's network: normalise, then Linear and nonlinearity in turn, Linear last."""

    def __init__(self, recipe: Recipe, preprocessing: Preprocessing, n_inputs: int):
        super().__init__()
        self.normalize = Normalize(preprocessing)
        blocks: list[nn.Module] = []
        for n_out, n_in in recipe.shapes(n_inputs):
            blocks += [nn.Linear(n_in, n_out), ACTIVATIONS[recipe.activation]()]
        self.layers = nn.Sequential(*blocks[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """Raw inputs (n, ...) to outputs (n, outputs)."""
        return self.layers(self.normalize(x))

    @property
    def linears(self) -> list[nn.Linear]:
        """The fully connected layers in order."""
        return [block for block in self.layers if isinstance(block, nn.Linear)]

    @torch.no_grad()
    def set_weights(self, weights: dict[str, np.ndarray]) -> None:
        """Start from named arrays instead of PyTorch's own random numbers."""
        for i, linear in enumerate(self.linears, start=1):
            linear.weight.copy_(torch.tensor(weights[f"fc{i}.weight"]))
            linear.bias.copy_(torch.tensor(weights[f"fc{i}.bias"]))

    def get_weights(self) -> dict[str, np.ndarray]:
        """Copies of the weights as named arrays."""
        named = {}
        for i, linear in enumerate(self.linears, start=1):
            named[f"fc{i}.weight"] = linear.weight.detach().numpy().copy()
            named[f"fc{i}.bias"] = linear.bias.detach().numpy().copy()
        return named


class SeededOrder(Sampler[int]):
    """The order of the examples, a new one each epoch, from the run's own random stream.

    It stands for ``shuffle=True``, whose order depends on PyTorch's global generator.
    """

    def __init__(self, n: int, epochs: int, seed: int, shuffle: bool):
        self.n, self.shuffle = n, shuffle
        self.orders = batch_orders(seed, n, epochs)

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


def train(job: Job, tick: Tick) -> Trained:
    """Mini-batch SGD over a DataLoader, the network evaluated after every epoch."""
    recipe, dataset = job.recipe, job.dataset
    n = len(dataset.train)
    model = FullyConnected(recipe, dataset.preprocessing, dataset.info.n_inputs)
    model.set_weights(initial_weights(recipe, dataset.info.n_inputs, job.seed))
    order = SeededOrder(n, recipe.epochs, job.seed, shuffle=recipe.batch_size is not None)
    loader = DataLoader(tensors(dataset, "train"), batch_size=recipe.batch(n), sampler=order)
    loss_fn = criterion(recipe)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=recipe.lr, momentum=recipe.momentum,
        nesterov=recipe.nesterov, weight_decay=recipe.weight_decay,
    )  # fmt: skip
    rates = iter(recipe.learning_rates(n))
    history: dict[str, list[float]] = {"running_loss": []}
    snapshots: dict[int, np.ndarray] = {}
    best, best_weights, best_at = np.inf, model.get_weights(), 0
    for epoch in range(1, recipe.epochs + 1):
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
        history["running_loss"].append(seen / n)
        for split in job.evaluates:
            for name, value in evaluate(model, dataset, split, recipe).items():
                history.setdefault(name, []).append(value)
        if epoch in job.snapshots:
            snapshots[epoch] = predict(model, dataset, "train")
        tick(1)
        if not all(np.isfinite(column[-1]) for column in history.values()):
            return Trained(model.get_weights(), _arrays(history), snapshots, diverged_at=epoch)
        if recipe.patience is not None:
            if history["valid_loss"][-1] < best:
                best, best_weights, best_at = history["valid_loss"][-1], model.get_weights(), epoch
            if epoch - best_at >= recipe.patience:
                return Trained(best_weights, _arrays(history), snapshots, stopped_at=epoch)
    weights = model.get_weights() if recipe.patience is None else best_weights
    return Trained(weights, _arrays(history), snapshots)


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


def evaluate(model: nn.Module, dataset: Dataset, split: str, recipe: Recipe) -> dict[str, float]:
    """Mean loss per example, and accuracy of a classifier, of a split as the network stands."""
    outputs, y = predict(model, dataset, split), dataset.splits[split].y
    values = {f"{split}_loss": float(losses(recipe.loss, outputs, y).mean())}
    if dataset.task != "regression":
        values[f"{split}_accuracy"] = accuracy(dataset.task, outputs, y)
    return values


def _arrays(history: dict[str, list[float]]) -> dict[str, np.ndarray]:
    return {name: np.array(column) for name, column in history.items()}
