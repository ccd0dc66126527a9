"""The report: one model built from results, and its renderers.

>>> report = build(results, "ru")
>>> write_html(report, Path("report.html"))
"""

from fclab.report.content import build
from fclab.report.html import render_html, write_figures, write_html
from fclab.report.model import Report

__all__ = ["Report", "build", "render_html", "write_figures", "write_html"]
