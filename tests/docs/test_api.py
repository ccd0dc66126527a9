"""docs/api.md: its examples run, one after another."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def test_the_examples_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    examples = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert len(examples) == 6
    names: dict = {}
    for example in examples:
        exec(compile(example, "docs/api.md", "exec"), names)
    assert names["table"].lines
