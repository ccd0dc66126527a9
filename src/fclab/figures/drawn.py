"""All figures: what `fclab.figures` gives when one is asked for."""

from fclab.figures.binary import Plane, binary_data, decision_surface, surfaces
from fclab.figures.confusion import confusion_matrix
from fclab.figures.doses import Dose, effects
from fclab.figures.forest import ForestRow, forest_plot
from fclab.figures.images import class_samples, first_layer
from fclab.figures.ladder import LadderStep, ladder_chart
from fclab.figures.learning import learning_curves
from fclab.figures.network import network_diagram
from fclab.figures.recall import RecallRow, recall_map
from fclab.figures.regression import regression_data, regression_fits, training_loss
from fclab.figures.rows import RowLabel
from fclab.figures.search import search_history, search_importances
from fclab.figures.seeds import curves_over_seeds
from fclab.figures.settings import SettingsMap, Tried, settings_maps
from fclab.figures.standing import Stand, standing_chart
from fclab.figures.style import HALF, mark_substitute, png_bytes, save, svg_text

__all__ = [
    "HALF",
    "Dose",
    "ForestRow",
    "LadderStep",
    "Plane",
    "RecallRow",
    "RowLabel",
    "SettingsMap",
    "Stand",
    "Tried",
    "binary_data",
    "class_samples",
    "confusion_matrix",
    "curves_over_seeds",
    "decision_surface",
    "effects",
    "first_layer",
    "forest_plot",
    "ladder_chart",
    "learning_curves",
    "mark_substitute",
    "network_diagram",
    "png_bytes",
    "recall_map",
    "regression_data",
    "regression_fits",
    "save",
    "search_history",
    "search_importances",
    "settings_maps",
    "standing_chart",
    "surfaces",
    "svg_text",
    "training_loss",
]
