"""The option ``--lang``."""

from typing import Annotated

from cyclopts import Parameter

from fclab.words.languages import DEFAULT, Lang

Spoken = Annotated[
    Lang | None,
    Parameter(help=f"Language of what is shown; default: {DEFAULT} (or FCLAB_LANG)."),
]
"""Of commands that show something; the texts of errors and of help are English."""

SpokenInFolder = Annotated[
    Lang | None,
    Parameter(
        help="Language of report and figures; default: that of the report that is in the folder, "
        f"of fclab.toml, or {DEFAULT} (or FCLAB_LANG)."
    ),
]
"""Of commands that write into a folder of results."""
