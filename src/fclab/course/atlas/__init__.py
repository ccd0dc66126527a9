"""The atlas: how hard any three classes of CIFAR-100 are for the lab's network.

>>> from fclab.course import atlas
>>> found = atlas.lookup((0, 55, 58))
>>> found.source, round(found.test.mean)
('trained', 76)
"""

from fclab.course.atlas.looking import lookup, nearest
from fclab.course.atlas.values import Classes, Difficulty, Estimate, Hardest, Place

__all__ = ["Classes", "Difficulty", "Estimate", "Hardest", "Place", "lookup", "nearest"]
