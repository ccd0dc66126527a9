"""A shell of IPython's own, and the language of displays set back after every test."""

import pytest
from IPython.core.interactiveshell import InteractiveShell

from fclab.notebook import language


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """An IPython shell that knows nothing of the user's settings."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    made = InteractiveShell()
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.fixture(autouse=True)
def _language(monkeypatch):
    monkeypatch.setattr(language, "_chosen", [])
    monkeypatch.delenv("FCLAB_LANG", raising=False)
