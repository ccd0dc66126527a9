"""DOCX: the report as Word has it."""

from fclab.report.word.document import render_docx, write_blocks, write_docx

__all__ = ["render_docx", "write_blocks", "write_docx"]
