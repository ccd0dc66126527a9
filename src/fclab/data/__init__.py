"""Datasets: the regression curve, the binary point clouds, CIFAR-100 and its stand-in, pictures of
one's own."""

from fclab.data.binary import BINARY_SHAPES, binary_points
from fclab.data.cifar100 import load as cifar100
from fclab.data.own import own_images
from fclab.data.regression import TARGETS, regression_curve
from fclab.data.synthetic import synthetic

__all__ = [
    "BINARY_SHAPES",
    "TARGETS",
    "binary_points",
    "cifar100",
    "own_images",
    "regression_curve",
    "synthetic",
]
