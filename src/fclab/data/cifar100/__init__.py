"""CIFAR-100: fetch it, check it, read the chosen classes.

Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images": 60 000 colour images of
32×32 in 100 classes, 500 for training and 100 for testing in each.

>>> from fclab.data import cifar100
>>> dataset = cifar100((0, 55, 58))
"""

from fclab.data.cifar100.archive import unpack
from fclab.data.cifar100.description import Description, describe
from fclab.data.cifar100.download import Left, Trying, download
from fclab.data.cifar100.fetching import fetch
from fclab.data.cifar100.files import OFFICIAL, FileCheck, Member, Release, md5sum, verify
from fclab.data.cifar100.health import Health, Try
from fclab.data.cifar100.mirrors import Mirror, all_mirrors
from fclab.data.cifar100.pickles import read_pickle
from fclab.data.cifar100.places import locate, opened
from fclab.data.cifar100.subset import load
from fclab.data.cifar100.transfer import Limits

__all__ = [
    "OFFICIAL",
    "Description",
    "FileCheck",
    "Health",
    "Left",
    "Limits",
    "Member",
    "Mirror",
    "Release",
    "Try",
    "Trying",
    "all_mirrors",
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
