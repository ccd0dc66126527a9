"""PDF: the report as it is printed, set by typst."""

from fclab.report.pdf.document import render_pdf, write_pdf

__all__ = ["render_pdf", "write_pdf"]
