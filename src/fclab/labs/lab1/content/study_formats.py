"""The final table of a study as Markdown, CSV, LaTeX and JSON."""

import csv
import io
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence

from fclab.labs.lab1.content.study_table import COLUMNS, Pieces, table_text, table_values
from fclab.study.table import FinalTable
from fclab.values.text import no_formula
from fclab.words.wording import Wording

_MARKUP = re.compile(r"[\\|*_<>`\[\]&~$#{}]")
_NUMBERS = ("train", "test", "iterations")


def markdown(table: FinalTable, name: str, words: Wording) -> str:
    """A table of GitHub's Markdown, its title above and its caption below."""
    text = table_text(table, name, words)
    lines = [
        [text.headings[column] for column in COLUMNS],
        ["---:" if column in _NUMBERS else "---" for column in COLUMNS],
        *([joined(row[column]) for column in COLUMNS] for row in text.rows),
    ]
    body = "\n".join(f"| {' | '.join(map(in_markdown, line))} |" for line in lines)
    return f"**{in_markdown(text.title)}**\n\n{body}\n\n{in_markdown(text.caption)}\n"


def in_markdown(text: str) -> str:
    """The text with Markdown's own characters escaped."""
    return _MARKUP.sub(r"\\\g<0>", text)


def table_csv(table: FinalTable, name: str, words: Wording) -> str:
    """Values, see `table_values`; UTF-8. An apostrophe stands before a text that a spreadsheet
    would take for a formula."""
    rows, text = table_values(table, words), io.StringIO()
    writer = csv.DictWriter(text, rows[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: no_formula(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def table_json(table: FinalTable, name: str, words: Wording) -> str:
    """Values, see `table_values`, with what they were measured on."""
    study = table.study
    whole = {
        "study": name,
        "dataset": study.dataset.model_dump(mode="json"),
        "protocol": study.definition.settings.protocol,
        "seeds": study.definition.settings.seeds,
        "rows": table_values(table, words),
    }
    return json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


_WIDTHS = {  # in parts of the line
    "row": 0.08, "configuration": 0.10, "hyperparameters": 0.11, "train": 0.09, "test": 0.09,
    "iterations": 0.07, "compared": 0.13, "comment": 0.25,
}  # fmt: skip
_SYMBOLS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "\N{NO-BREAK SPACE}": "~", "\N{MINUS SIGN}": "$-$", "±": r"$\pm$", "·": r"$\cdot$",
    "→": r"$\to$", "…": r"\dots{}", "×": r"$\times$", "η": r"$\eta$", "≈": r"$\approx$",
    "α": r"$\alpha$", "<": "$<$", ">": "$>$", "|": r"\textbar{}",
    "\N{NON-BREAKING HYPHEN}": r"\mbox{-}", '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}", "'": r"\textquotesingle{}",
}  # fmt: skip
_PREAMBLE = r"""
% \usepackage[T2A]{fontenc} \usepackage[utf8]{inputenc} \usepackage[english,russian]{babel}
% \usepackage{longtable,array,pdflscape}, and a landscape page: \begin{landscape}...\end{landscape}
"""


def latex(table: FinalTable, name: str, words: Wording) -> str:
    """A ``longtable``; its first lines name the packages that it needs."""
    text = table_text(table, name, words)
    widths = "".join(
        rf">{{\raggedright\arraybackslash}}p{{{_WIDTHS[column]:.2f}\linewidth}}"
        for column in COLUMNS
    )
    head = _row({column: (heading,) for column, heading in text.headings.items()})
    rows = "\n\\hline\n".join(_row(row) for row in text.rows)
    return (
        f"{_PREAMBLE.strip()}\n"
        "{\\footnotesize\n"
        f"\\begin{{longtable}}{{{widths}}}\n"
        f"\\caption{{{_in_latex(text.title)}}} \\\\\n"
        f"\\hline\n{head}\n\\hline\\endfirsthead\n\\hline\n{head}\n\\hline\\endhead\n"
        f"{rows}\n\\hline\n"
        "\\end{longtable}\n"
        f"{_in_latex(text.caption)}\n"
        "}\n"
    )


def _row(cells: Mapping[str, Pieces]) -> str:
    return " & ".join(_in_latex(joined(cells[column])) for column in COLUMNS) + r" \\"


def _in_latex(text: str) -> str:
    """Text with TeX's own characters escaped and symbols that fonts lack written in mathematics."""
    made = "".join(_SYMBOLS.get(character) or _power(character) for character in text)
    return made.replace("—", "---").replace("–", "--")


def _power(character: str) -> str:
    """⁻⁷ as a power; all other characters as they are."""
    if unicodedata.decomposition(character).startswith("<super>"):
        plain = unicodedata.normalize("NFKC", character).replace("\N{MINUS SIGN}", "-")
        return f"$^{{{plain}}}$"
    return character


def joined(pieces: Sequence[str]) -> str:
    """The pieces of a cell on one line: 76.9% (74.5–79.3%); seeds 74.7–78.0%."""
    first = " ".join(pieces[:2])
    return "; ".join((first, *pieces[2:]))


FORMATS = {"markdown": markdown, "csv": table_csv, "latex": latex, "json": table_json}
"""Writers by name; each takes the table of a study, its name, and the words of a language."""
