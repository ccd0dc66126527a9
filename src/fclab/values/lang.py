"""The two languages in which people are spoken to."""

import os
from typing import Literal

Lang = Literal["ru", "en"]


def default_lang() -> Lang:
    """FCLAB_LANG if it is set to ``en``; else Russian, the language of the lab."""
    return "en" if os.environ.get("FCLAB_LANG", "").lower().startswith("en") else "ru"
