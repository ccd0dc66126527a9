"""CIFAR-100: fetch it, check it, read the chosen classes.

Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images": 60 000 colour images of
32×32 in 100 classes, 500 for training and 100 for testing in each.

>>> from fclab.data import cifar100
>>> dataset = cifar100((0, 55, 58))
"""

from fclab.data.cifar100.archive import unpack
from fclab.data.cifar100.description import Description, describe
from fclab.data.cifar100.download import Limits, download
from fclab.data.cifar100.files import OFFICIAL, FileCheck, Member, Release, md5sum, verify
from fclab.data.cifar100.pickles import read_pickle
from fclab.data.cifar100.places import fetch, locate, opened
from fclab.data.cifar100.subset import load

__all__ = [
    "OFFICIAL",
    "Description",
    "FileCheck",
    "Limits",
    "Member",
    "Release",
    "describe",
    "download",
    "fetch",
    "load",
    "locate",
    "md5sum",
    "opened",
    "read_pickle",
    "unpack",
    "verify",
]
