"""One finished study for all tests that only read it."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from small_study import pictures, settings

from fclab.labs.lab1.study import run_study
from fclab.store.database import Store
from fclab.study.kept import keep_study
from fclab.study.study import Study
from fclab.values.dataset import Dataset


@dataclass(frozen=True)
class Done:
    """A finished study, its data, and the file it is kept in under the name "small"."""

    study: Study
    data: Dataset
    path: Path
    told: list[tuple[float, float]]


@pytest.fixture(scope="session")
def done(tmp_path_factory) -> Done:
    path, data, told = tmp_path_factory.mktemp("study") / "store.db", pictures(), []
    with Store(path) as store:
        study = run_study(data, store, settings(), progress=lambda *both: told.append(both))
        keep_study(store, "small", study)
    return Done(study, data, path, told)
