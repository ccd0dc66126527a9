"""What fclab's objects look like in IPython: `html` in a notebook, `plain` on a terminal."""

from collections.abc import Callable, Mapping
from typing import Any

from fclab.labs.lab1.variant import Variant
from fclab.notebook import objects, tables
from fclab.notebook.tables import Excerpt
from fclab.study.study import Study
from fclab.study.table import FinalTable
from fclab.values.dataset import Dataset
from fclab.values.recipe import Recipe
from fclab.values.run import Run

_HTML: Mapping[type, Callable[[Any], str]] = {
    Dataset: objects.dataset_html,
    Recipe: objects.recipe_html,
    Run: objects.run_html,
    Variant: objects.variant_html,
    Study: tables.study_html,
    FinalTable: tables.table_html,
    Excerpt: tables.excerpt_html,
}
_PLAIN: Mapping[type, Callable[[Any], str]] = {
    Dataset: objects.dataset_line,
    Recipe: objects.recipe_line,
    Run: objects.run_line,
    Variant: objects.variant_line,
    Study: tables.study_line,
    FinalTable: tables.table_line,
    Excerpt: tables.excerpt_line,
}


def html(thing: Any) -> str:
    """The HTML fragment of a dataset, recipe, run, variant, study, final table or excerpt.

    Raises:
        KeyError: something else.
    """
    return _HTML[type(thing)](thing)


def plain(thing: Any) -> str:
    """The same objects in a line or a few, for a terminal.

    Raises:
        KeyError: something else.
    """
    return _PLAIN[type(thing)](thing)
