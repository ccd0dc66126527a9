"""One function, one figure, in Russian or in English. A figure is returned, never shown.

>>> from fclab.figures import learning_curves, save
>>> save(learning_curves(run, "ru"), Path("figures/learning"))
"""

from fclab.figures.binary import decision_surface
from fclab.figures.confusion import confusion_matrix
from fclab.figures.images import class_samples, first_layer
from fclab.figures.learning import learning_curves
from fclab.figures.regression import regression_data, regression_fits, training_loss
from fclab.figures.search import search_history, search_importances
from fclab.figures.style import mark_stand_in, png_bytes, save, svg_text

__all__ = [
    "class_samples",
    "confusion_matrix",
    "decision_surface",
    "first_layer",
    "learning_curves",
    "mark_stand_in",
    "png_bytes",
    "regression_data",
    "regression_fits",
    "save",
    "search_history",
    "search_importances",
    "svg_text",
    "training_loss",
]
