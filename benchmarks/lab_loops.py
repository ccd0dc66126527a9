"""The lab's own training loops, written from its formulas: what the engines are timed against.

They do what the notebook does, step for step and call for call (its drawing left out), with
PyTorch's own number of threads. Part 3 also evaluates the test set after every epoch, as the
notebook does; it does not evaluate the training set, which the engines do.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset

from fclab.values.dataset import Dataset


def regression(dataset: Dataset, steps: int) -> float:
    """Part 1: gradients by hand, full batch. Returns the last mean squared error."""
    x = torch.tensor(dataset.train.x)
    y = torch.tensor(dataset.train.y).reshape(-1, 1)
    weights_1 = (torch.rand(1, 64) - 0.5) / 10
    bias_1 = torch.zeros(64)
    weights_2 = (torch.rand(64, 1) - 0.5) / 10
    bias_2 = torch.zeros(1)

    def relu(z):
        return torch.maximum(z, torch.Tensor([0]))

    def forward(x):
        hidden = relu((weights_1 * x) + bias_1)
        return (weights_2.t() * hidden).sum(dim=-1, keepdim=True) + bias_2

    current = torch.zeros(1)
    for _ in range(steps):
        output = forward(x)
        current = ((output - y) ** 2).sum(dim=-1)
        d_output = 2 * (output - y)
        before = (weights_1 * x) + bias_1
        after = relu(before)
        d_weights_2 = torch.mm(after.t(), d_output)
        d_bias_2 = d_output.sum(dim=0)
        d_after = torch.mm(d_output, weights_2.t())
        d_after[before <= 0] = 0
        d_weights_1 = torch.mm(x.t(), d_after)
        d_bias_1 = d_after.sum(dim=0)
        weights_1 -= 1e-4 * d_weights_1
        weights_2 -= 1e-4 * d_weights_2
        bias_1 -= 1e-4 * d_bias_1
        bias_2 -= 1e-4 * d_bias_2
    return float(current.mean())


def binary(dataset: Dataset, steps: int) -> list[float]:
    """Part 2: autograd, full batch. Returns the loss of every step."""
    x = torch.tensor(dataset.train.x)
    y = torch.tensor(dataset.train.y).reshape(-1, 1)
    weights_1 = ((torch.rand(2, 16) - 0.5) / 10).detach().requires_grad_(True)
    bias_1 = torch.zeros(16, requires_grad=True)
    weights_2 = ((torch.rand(16, 1) - 0.5) / 10).detach().requires_grad_(True)
    bias_2 = torch.zeros(1, requires_grad=True)
    params = [weights_1, bias_1, weights_2, bias_2]

    def sigmoid(z):
        return 1 / (1 + torch.exp(-z))

    losses = []
    for _ in range(steps):
        hidden = sigmoid(torch.mm(x, weights_1) + bias_1)
        output = sigmoid((weights_2.t() * hidden).sum(dim=-1, keepdim=True) + bias_2)
        loss = -1 * (y * torch.log(output) + (1 - y) * torch.log(1 - output)).sum()
        loss.backward()
        for w in params:
            with torch.no_grad():
                w -= w.grad * 1e-3  # pyright: ignore[reportOptionalOperand]
            w.grad.zero_()  # pyright: ignore[reportOptionalMemberAccess]
        losses.append(loss.item())
    return losses


class Normalize(nn.Module):
    """The lab's preprocessing inside the model."""

    def __init__(self, mean, std):
        super().__init__()
        self.mean = torch.tensor(mean)
        self.std = torch.tensor(std)

    def forward(self, x):
        """NHWC images 0..255 to (n, D)."""
        x = x / 255.0
        x = x - self.mean
        x = x / self.std
        return torch.flatten(x, start_dim=1)


def cifar(
    dataset: Dataset,
    epochs: int,
    hidden: int = 10,
    batch_size: int = 128,
    after_epoch: Callable[[nn.Module], None] = lambda model: None,
) -> float:
    """Part 3: `nn.Module`, DataLoader, SGD. Returns the last mean test loss; ``after_epoch`` is
    shown the network after each."""
    classes = len(dataset.class_names)
    loaders = {}
    for name in ("train", "test"):
        part = dataset.splits[name]
        x = torch.tensor(part.x, dtype=torch.float32)
        y = F.one_hot(torch.tensor(part.y).to(torch.int64), num_classes=classes) / 1.0
        loaders[name] = DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=True)
    model = nn.Sequential(
        Normalize([0.5074, 0.4867, 0.4411], [0.2011, 0.1987, 0.2025]),
        nn.Linear(32 * 32 * 3, hidden),
        nn.ReLU(),
        nn.Linear(hidden, classes),
    )
    criterion = nn.CrossEntropyLoss()
    optimizer = optim.SGD(model.parameters(), lr=0.005)
    running = 0.0
    for _ in range(epochs):
        running = 0.0
        model.train()
        for inputs, labels in loaders["train"]:
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            optimizer.step()
            running += loss.item()
        running = 0.0
        model.eval()
        with torch.no_grad():
            for inputs, labels in loaders["test"]:
                running += criterion(model(inputs), labels).item()
        after_epoch(model)
    return running / len(loaders["test"])


def augmented(dataset: Dataset, epochs: int, batch_size: int = 128) -> int:
    """The wide network of the torch engine's comparison, with a DataLoader that mirrors and
    shifts one image at a time, as torchvision's transforms do. Returns the images seen."""

    class Images(torch.utils.data.Dataset):
        def __init__(self):
            self.x = torch.tensor(dataset.train.x).permute(0, 3, 1, 2).float() / 255
            self.y = torch.tensor(dataset.train.y)

        def __len__(self):
            return len(self.y)

        def __getitem__(self, i):
            image = self.x[i]
            if torch.rand(()) < 0.5:
                image = image.flip(-1)
            padded = F.pad(image[None], (3, 3, 3, 3), mode="reflect")[0]
            row, column = torch.randint(0, 7, (2,)).tolist()
            return padded[:, row : row + 32, column : column + 32], self.y[i]

    loader = DataLoader(Images(), batch_size=batch_size, shuffle=True)
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(3072, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(512, 256), nn.BatchNorm1d(256), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(256, len(dataset.class_names)),
    )  # fmt: skip
    optimizer = optim.AdamW(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
    seen = 0
    for _ in range(epochs):
        model.train()
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(inputs), labels)
            loss.backward()
            optimizer.step()
            seen += len(labels)
    return seen
