"""A small convolutional network in plain PyTorch: an outside reference, **not fully connected**.

Its settings were fixed beforehand, for three classes of CIFAR-100; nothing is chosen for it.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

import numpy as np
import torch
from torch import nn

from fclab.engines.job import usable_cores
from fclab.engines.torch.resident import Windows
from fclab.values.dataset import Dataset
from fclab.values.rng import batch_orders, flips, stream

SETTINGS: Final = {"batch": 64.0, "lr": 0.005, "weight_decay": 0.05, "shift": 4.0}


def convolutional(channels: int, classes: int) -> nn.Module:
    """Three convolutions of 3 × 3 with batch normalisation and ReLU, each halving the picture;
    means over the places; one linear layer: 24 000 weights."""
    layers: list[nn.Module] = []
    for before, after in ((channels, 16), (16, 32), (32, 64)):
        layers += [
            nn.Conv2d(before, after, 3, padding=1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
            nn.MaxPool2d(2, ceil_mode=True),
        ]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes))


def answers_of_convolutions(
    dataset: Dataset, seeds: Sequence[int], epochs: int, told: Callable[[], None] = lambda: None
) -> list[np.ndarray]:
    """The classes that networks give the test images, ``(images,)`` for every seed.

    Each is trained on mirrored and shifted images with AdamW and a one-cycle learning rate (Smith
    and Topin 2018), on one thread of its own, so that it depends on its seed alone.

    Args:
        dataset: images.
        seeds: of weights, order, flips and shifts.
        epochs: of training.
        told: called after every epoch of every network, from any thread.
    """
    height, width, channels = dataset.info.input_shape
    shift = min(int(SETTINGS["shift"]), height // 8, width // 8)
    images = dataset.inputs["train"].reshape(-1, height, width, channels)
    windows = Windows(images, shift, True, 1, torch.device("cpu"))
    networks = []
    with torch.random.fork_rng(devices=[]):
        for seed in seeds:
            torch.manual_seed(seed)
            networks.append(convolutional(channels, dataset.n_outputs))
    threads = torch.get_num_threads()
    try:
        with ThreadPoolExecutor(
            usable_cores(), initializer=torch.set_num_threads, initargs=(1,)
        ) as pool:
            train = partial(_answers, dataset, windows, shift, epochs, told)
            return list(pool.map(train, networks, seeds))
    finally:
        torch.set_num_threads(threads)


def _answers(
    dataset: Dataset,
    windows: Windows,
    shift: int,
    epochs: int,
    told: Callable[[], None],
    net: nn.Module,
    seed: int,
) -> np.ndarray:
    n, batch, shape = len(dataset.train), int(SETTINGS["batch"]), dataset.info.input_shape
    targets = torch.from_numpy(np.array(dataset.train.y, np.int64))
    order, mirrored = batch_orders(seed, n, epochs), flips(seed, n, epochs)
    moves = stream(seed, "shift")
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=SETTINGS["weight_decay"])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, SETTINGS["lr"], epochs=epochs, steps_per_epoch=-(-n // batch)
    )
    for permutation, flipped in zip(order, mirrored, strict=True):
        moved = moves.integers(-shift, shift, (n, 2), endpoint=True)
        for chosen in np.split(permutation, range(batch, n, batch)):
            starts = torch.from_numpy(windows.starts(chosen, flipped[chosen], moved[chosen]))
            x = windows.gather(starts).view(-1, *shape).permute(0, 3, 1, 2)
            loss = nn.functional.cross_entropy(net(x), targets[torch.from_numpy(chosen)])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
        told()
    test = torch.tensor(dataset.inputs["test"]).view(-1, *shape).permute(0, 3, 1, 2)
    with torch.no_grad():
        return net.eval()(test).argmax(1).numpy()
