"""The built files of the page are made of the sources beside them; no Node is needed to see it."""

import hashlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WEB, STATIC = ROOT / "web", ROOT / "src/fclab/web/static"


def test_the_built_files_are_of_the_present_sources():
    """As web/vite.config.ts counts it; else: cd web && npm ci && npm run build."""
    if not WEB.is_dir():
        pytest.skip("the sources of the page are not here")
    digest = hashlib.sha256()
    found = {
        path.relative_to(WEB).as_posix(): path
        for path in WEB.rglob("*")
        if path.is_file() and "node_modules" not in path.relative_to(WEB).parts
    }
    for name in sorted(found, key=str.encode):
        digest.update(name.encode() + b"\0" + found[name].read_bytes() + b"\0")
    assert (STATIC / "sources.sha256").read_text("ascii").strip() == digest.hexdigest()
