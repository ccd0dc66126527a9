"""What other methods reach, kept in a store under the name of its dataset."""

from pydantic import ValidationError

from fclab.analysis.ceilings.values import Ceilings
from fclab.store.database import Store
from fclab.values.dataset import DatasetInfo
from fclab.values.errors import DataError


def keep_ceilings(store: Store, info: DatasetInfo, found: Ceilings) -> None:
    """Keep them, in place of older ones.

    Raises:
        FclabError: the store cannot be written.
    """
    store.keep("ceilings", info.name, found.model_dump(mode="json"))


def load_ceilings(store: Store, info: DatasetInfo) -> Ceilings | None:
    """Those of a dataset; None if they were not measured, or on other images of this name.

    Raises:
        DataError: another version of fclab wrote them, or they are damaged.
    """
    kept = store.definition("ceilings", info.name)
    if kept is None or kept.get("fingerprint") != info.fingerprint:
        return None
    try:
        return Ceilings.model_validate(kept)
    except ValidationError as error:
        raise DataError(
            "the ceilings of {name} in the store {store} were written by another version of "
            "fclab: measure them again with `fclab ceilings --again`",
            name=info.name,
            store=store.name,
        ) from error
