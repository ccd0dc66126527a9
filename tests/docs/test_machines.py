"""docs/machines.md and docs/dependencies.md say what is so, and name tests that there are."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from fclab.cli.streams import spelled

ROOT = Path(__file__).resolve().parents[2]
MACHINES = (ROOT / "docs" / "machines.md").read_text("utf-8")
DEPENDENCIES = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the table whose first line begins so."""
    _, _, rest = text.partition(f"| {heading}")
    table = rest.partition("\n\n")[0].splitlines()[2:]
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in table
    ]


def test_every_test_that_is_named_exists():
    folders = ("machines", "engines", "data")
    paths = [path for name in folders for path in (ROOT / "tests" / name).rglob("*.py")]
    there = "\n".join(path.read_text("utf-8") for path in paths)
    named = re.findall(r"`(test_\w+)`", MACHINES)
    assert len(named) > 20
    assert not [name for name in named if f"def {name}(" not in there]
    files = re.findall(r"tests/\w+/\w+\.(?:py|txt)", MACHINES)
    assert files
    assert all((ROOT / name).exists() for name in files)


def test_every_console_case_has_its_test():
    for heading in ("processor, Python", "where the output goes", "case |"):
        found = rows(MACHINES, heading)
        assert len(found) > 4
        assert all("test" in row[2] for row in found)


@pytest.mark.parametrize("row", rows(MACHINES, "text | cp1251"))
def test_the_spelling_is_as_it_is_told(row):
    text, *cells = (cell.strip("`") for cell in row)
    text = re.sub(r"^frames and bars `", "", text)
    for encoding, told in zip(("cp1251", "cp866", "ascii"), cells, strict=True):
        assert spelled(text, encoding) == (text if told == "as they are" else told)


def test_every_requirement_has_its_reason():
    told = {row[0].strip("`") for row in rows(DEPENDENCIES, "package")}
    assert told == {Requirement(line).name for line in PROJECT["dependencies"]}
    extras = {row[0].strip("`") for row in rows(DEPENDENCIES, "extra")}
    assert extras == set(PROJECT["optional-dependencies"]) - {"dev"}


def test_the_sizes_are_those_that_were_measured():
    record = json.loads((ROOT / "benchmarks" / "results" / "dependencies.json").read_text("utf-8"))
    measured, extras = record["core"], record["extras"]
    for name, _, megabytes in rows(DEPENDENCIES, "extra")[:-1]:
        assert megabytes == f"{extras[name]:.0f}"
    for name, _, megabytes, seconds in rows(DEPENDENCIES, "package"):
        found = measured[name.strip("`")]
        whole = found["megabytes"] + sum(found["with"].values())
        assert megabytes == f"{whole:.0f}" or (whole < 1 and megabytes == f"{whole:.1f}"), name
        assert seconds == f"{found['seconds']:.2f}", name


def test_the_needs_of_hosted_notebooks_are_as_they_are():
    told = {row[0]: row[3] for row in rows(MACHINES, "| Colab")}
    for line in PROJECT["dependencies"]:
        wanted = Requirement(line)
        assert told[wanted.name] == str(wanted.specifier).replace(">=", "≥ ")
    for host, place in (("colab", 1), ("kaggle", 2)):
        lines = (ROOT / "tests" / "machines" / f"{host}.txt").read_text("utf-8").splitlines()
        there = dict(line.lower().split("==") for line in lines if "==" in line)
        for row in rows(MACHINES, "| Colab")[1:]:
            assert row[place] == there.get(row[0], "–")
