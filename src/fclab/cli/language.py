"""The option ``--lang``."""

from typing import Annotated

from cyclopts import Parameter

from fclab.words.languages import Lang

Spoken = Annotated[
    Lang | None,
    Parameter(
        help="Language of what is shown, default: that of FCLAB_LANG or of the system; of what is "
        "written to files, default: that of FCLAB_LANG, else ru."
    ),
]
"""Of commands that show something."""

SpokenInFolder = Annotated[
    Lang | None,
    Parameter(
        help="Language of report and figures, default: that of the report that is in the folder, "
        "of fclab.toml, of FCLAB_LANG, else ru; of what is shown, default: that of FCLAB_LANG or "
        "of the system."
    ),
]
"""Of commands that write into a folder of results."""
