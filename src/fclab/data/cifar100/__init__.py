"""CIFAR-100: find it in whatever form it is here, recognise it, fetch it, read the chosen classes.

Krizhevsky 2009, "Learning Multiple Layers of Features from Tiny Images": 60 000 colour images of
32×32 in 100 classes, 500 for training and 100 for testing in each.

>>> from fclab.data import cifar100
>>> dataset = cifar100((0, 55, 58))
"""

from fclab.data.cifar100.copies import Content, PartContent
from fclab.data.cifar100.download import Checking, Left, Trying, download
from fclab.data.cifar100.fetching import fetch, local_source
from fclab.data.cifar100.health import Health, Try
from fclab.data.cifar100.mirrors import Mirror, all_mirrors
from fclab.data.cifar100.others import other_classes
from fclab.data.cifar100.places import Source, find, keep
from fclab.data.cifar100.reading import Images, read
from fclab.data.cifar100.release import OFFICIAL, Reference, Release, md5sum
from fclab.data.cifar100.sheet import first_images
from fclab.data.cifar100.subset import chooser, chosen, load
from fclab.data.cifar100.transfer import Limits

__all__ = [
    "OFFICIAL",
    "Checking",
    "Content",
    "Health",
    "Images",
    "Left",
    "Limits",
    "Mirror",
    "PartContent",
    "Reference",
    "Release",
    "Source",
    "Try",
    "Trying",
    "all_mirrors",
    "chooser",
    "chosen",
    "download",
    "fetch",
    "find",
    "first_images",
    "keep",
    "load",
    "local_source",
    "md5sum",
    "other_classes",
    "read",
]
