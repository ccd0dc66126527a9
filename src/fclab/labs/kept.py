"""Labs that are kept: a definition by its name says which runs of a store are a lab's."""

from collections.abc import Sequence

from pydantic import ValidationError

from fclab.data.kept import Images
from fclab.labs.lab import Lab, images_of, lab_study, labs
from fclab.labs.values import KeptLab
from fclab.store.database import Store
from fclab.values.errors import DataError, UsageError


def keep_lab(store: Store, name: str, kept: KeptLab) -> None:
    """Keep the definition of a lab under its name, in place of an older one."""
    store.keep("lab", name, kept.model_dump(mode="json"))


def lab_names(store: Store) -> list[str]:
    """The names of the labs of a store, the one that was done last in front."""
    return store.names("lab")


def kept_lab(store: Store, name: str | None = None) -> tuple[str, Lab, KeptLab]:
    """A lab by the name that it was kept under, or the one that was done last: name, lab, and what
    is kept of it.

    Raises:
        UsageError: there is none.
        DataError: it was written by another version of fclab.
    """
    names = lab_names(store)
    if not names:
        raise UsageError(
            "no lab is kept in the store {store}: do one with fclab run", store=store.name
        )
    name = name or names[0]
    definition = store.definition("lab", name)
    if definition is None:
        raise UsageError(
            "no lab {name!r} in the store {store}: there are {names}",
            name=name,
            store=store.name,
            names=", ".join(names),
        )
    try:
        lab = labs()[definition.get("lab", "lab1")]
        return name, lab, lab.kept.model_validate(definition)
    except (KeyError, AttributeError, ValidationError) as error:
        raise DataError(
            "lab {name} in the store {store} was written by another version of fclab",
            name=name,
            store=store.name,
        ) from error


def lab_before(
    store: Store, lab: Lab, names: Sequence[str], images: Images | None
) -> tuple[str, KeptLab] | None:
    """The first of these names under which the same lab is kept about the same images (or either
    about none): what is done now belongs to it.

    Raises:
        DataError: it was written by another version of fclab.
    """
    there = lab_names(store)
    for name in names:
        if name in there:
            _, same, kept = kept_lab(store, name)
            if same.name == lab.name and _fits(store, kept, images):
                return name, kept
    return None


def _fits(store: Store, kept: KeptLab, images: Images | None) -> bool:
    study = lab_study(store, kept)
    theirs = kept.images or (study and images_of(study))
    return images is None or theirs is None or theirs.is_of(images)
