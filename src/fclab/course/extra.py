"""What `fclab course` needs beyond fclab itself."""

from fclab.values.extras import require

MODULES = ("openpyxl", "pdfplumber", "lxml")
"""Of the extra ``course``: workbooks, the text of PDF files, documents and pages."""


def require_course() -> None:
    """See that the extra ``course`` is there.

    Raises:
        UsageError: it is not; the line says how to install it.
    """
    for module in MODULES:
        require(module, "course", "fclab course")
