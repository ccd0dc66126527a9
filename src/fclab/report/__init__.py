"""The report: one model built from results, and its renderers.

>>> report = build(results, "ru", read_settings())  # of a lab, as fclab.labs.lab1.content
>>> write_report(report, Path("results/mine"), ("html", "docx", "pdf"))
"""

from fclab.report.html import render_html, write_figures, write_html
from fclab.report.model import Report
from fclab.report.pdf import write_pdf
from fclab.report.title import TitleSettings, read_settings
from fclab.report.word import write_docx
from fclab.report.write import FORMATS, Format, write_report

__all__ = [
    "FORMATS",
    "Format",
    "Report",
    "TitleSettings",
    "read_settings",
    "render_html",
    "write_docx",
    "write_figures",
    "write_html",
    "write_pdf",
    "write_report",
]
