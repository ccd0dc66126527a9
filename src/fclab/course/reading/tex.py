"""The source of a LaTeX report: its text and its tables. No command in it is obeyed."""

import re

from fclab.course.reading.decoded import decoded
from fclab.course.reading.document import MOST_SPAN, Collector, Document
from fclab.course.reading.web import formulas

_TABULAR = re.compile(
    r"\\begin\{(?P<kind>tabular[*xy]?|longtable|tabulary|tblr)\}(?:\[[^\]]*\])?"
    r"(?P<body>.*?)\\end\{(?P=kind)\}",
    re.DOTALL,
)
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot|centering"
    r"|(?:cline|cmidrule)(?:\([^)]*\))?\{[^{}]*\})"
)
_TEXT = re.compile(
    r"\\(?:textbf|textit|texttt|emph|text|mathrm|makecell|thead|mbox|underline|section\*?"
    r"|subsection\*?|caption|title|author)(?:\[[^\]]*\])?\{([^{}]*)\}"
)


def read_tex(name: str, data: bytes) -> Document:
    """A LaTeX source."""
    text, found = re.sub(r"(?<!\\)%[^\n]*", "", decoded(data)), Collector()
    text = text.split(r"\begin{document}", 1)[-1]
    end = 0
    for table in _TABULAR.finditer(text):
        found.paragraph(_said(text[end : table.start()]))
        found.table(_rows(table["body"]))
        end = table.end()
    found.paragraph(_said(text[end:]))
    return found.document(name)


def _rows(body: str) -> list[list[str]]:
    body = _RULES.sub(" ", re.sub(r"^(?:\s*\{(?:[^{}]|\{[^{}]*\})*\}){1,2}", "", body))
    rows: list[list[str]] = []
    waiting: dict[int, tuple[int, str]] = {}
    for line in re.split(r"\\\\(?:\[[^\]]*\])?|\\tabularnewline", body):
        if not line.strip():
            continue
        row: list[str] = []
        for cell in re.split(r"(?<!\\)&", line):
            across = re.search(r"\\multicolumn\{(\d{1,3})\}\{[^{}]*\}", cell)
            down = re.search(r"\\multirow(?:\[[^\]]*\])?\{(\d{1,3})\}\{[^{}]*\}", cell)
            left, text = waiting.pop(len(row), (0, ""))
            text = _said(cell) or text
            left = int(down[1]) if down else left
            if left > 1:  # the rows below leave its place empty
                waiting[len(row)] = left - 1, text
            row += [text] * (min(int(across[1]), MOST_SPAN) if across else 1)
        rows.append(row)
    return rows


def _said(text: str) -> str:
    """What a reader sees of it."""
    text = re.sub(r"\\multi(?:column|row)(?:\[[^\]]*\])?\{[^{}]*\}\{[^{}]*\}", "", text)
    text = formulas(text)
    for _ in range(4):
        text = _TEXT.sub(r"\1", text)
    text = re.sub(r"\\(?:item|par|newline|linebreak)\b|\\\\", "\n", text)
    aside = r"\\(?:begin|end|label|ref|includegraphics|cite)(?:\[[^\]]*\])?\{[^{}]*\}"
    text = re.sub(aside, " ", text)
    text = re.sub(r"\\([%_&#$])", r"\1", text).replace("~", " ").replace("---", "–")
    text = re.sub(r"\\[a-zA-Z]+\*?", " ", text)
    return re.sub(r"[{}]", "", text).strip()
