"""What can be wrong with a mirror: what docs/images.md says of it is so.

A first mirror has the fault, a second one gives the archive.
"""

import re
from pathlib import Path

import pytest

from fclab.data.cifar100 import Left, Limits, download

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "images.md"
HAD = 300_000
"""Bytes of the archive that are here before."""

LEFT = {
    "404": {"statuses": [404] * 9},
    "401 or 403": {"statuses": [403] * 9},
    "503 or 429 again and again": {"statuses": [503] * 9},
    "cut again and again": {"cuts": [0] * 9},
    "a web page": {"body": b"<!DOCTYPE html><p>Moved</p>", "ranges": False},
    "a page that asks to log in": {"body": b"<html>Please log in</html>", "ranges": False},
    "the archive of another dataset": {"body": b"\x1f\x8b" + bytes(99)},
    "other bytes": {"body": None},
    "more bytes than it should have": {"more": 5000, "chunked": True, "ranges": False},
    "redirections in a circle": {"redirect": "itself"},
}
"""What is left for the next mirror: what the server does, see `conftest.Site`."""
BORNE = {
    "cut": {"cuts": [100_000, 100_000]},
    "cut, and no support of ranges": {"cuts": [400_000], "ranges": False},
    "503 or 429, then well": {"statuses": [503, 429]},
    "another part than was asked for": {"shift": 7},
    "a refusal to go on (416)": {"refuse_ranges": True},
    "gzip named as the encoding": {"encoding": "gzip"},
    "no length": {"chunked": True, "ranges": False},
    "a redirection": {"redirect": "elsewhere"},
}
"""What keeps no mirror from giving the archive."""
ELSEWHERE = {
    "slow": "test_a_slow_home_page_is_left_and_kaggle_gives_the_images",
    "silent": "test_a_stalling_server_is_left_for_the_next",
    "a byte at a time": "test_a_stalling_server_is_left_for_the_next",
    "slow, silent or broken, all of them": "test_a_slow_server_is_left_for_a_mirror_and_asked_"
    "again_when_that_fails",
    "a file that was replaced meanwhile": "test_a_file_that_was_replaced_meanwhile_is_not_mixed",
    "a file of gigabytes": "test_a_file_that_is_far_too_large_is_not_received",
    "a redirection to another host, as of Hugging Face": "test_hugging_face_leads_to_another_host_"
    "where_ranges_go_on",
    "other images": "test_other_images_are_left_for_the_next_mirror",
    "Parquet, and the extra is not installed": "test_without_the_extra_parquet_is_passed_over",
    "nobody at that port": "test_failure_tells_each_address_and_why_in_one_line",
    "a certificate that is not trusted": "test_a_certificate_that_is_not_trusted",
    "a proxy that is not there": "test_a_proxy_that_is_not_there_is_told_without_its_password",
    "a proxy that cannot be used": "test_a_proxy_that_cannot_be_used_is_told",
    "a full disk": "test_a_full_disk_is_told",
    "Ctrl-C": "test_ctrl_c_keeps_what_was_got_and_the_next_call_goes_on",
    "two processes": "test_two_processes_download_once_and_a_third_after_a_kill_resumes",
}
"""What has a test of its own."""


def told_on_the_page() -> dict[str, str]:
    section = PAGE.read_text("utf-8").split("## Mirrors")[1].split("\n## ")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)
    return dict(rows)


def play(fake, server, fault: dict) -> str:
    """Publishes the archive on a mirror with that fault; returns its address."""
    behaviour = dict(fault)
    wrong = fake.archive[:-1] + bytes([fake.archive[-1] ^ 1])
    body = behaviour.pop("body", fake.archive) or wrong
    body += bytes(behaviour.pop("more", 0))
    match behaviour.get("redirect"):
        case "itself":
            behaviour["redirect"] = "/faulty"
        case "elsewhere":
            behaviour["redirect"] = server.add("far", body).url
    return server.add("faulty", body, **behaviour).url


@pytest.mark.parametrize("fault", LEFT)
def test_a_mirror_that_fails_is_left_for_the_next(fake, server, tmp_path, fault):
    told: list[Left] = []
    (tmp_path / "fake.tar.gz.part").write_bytes(fake.archive[:HAD])
    good = server.add("good", fake.archive)
    release = fake.at(play(fake, server, LEFT[fault]))
    archive = download(
        tmp_path,
        release=release,
        mirrors=[good.url],
        limits=Limits(pause=0),
        telling=lambda one: told.append(one) if isinstance(one, Left) else None,
    )
    assert archive.read_bytes() == fake.archive
    (quoted,) = re.findall("“(.*?)”", told_on_the_page()[fault])
    assert quoted in re.sub(r"[\d,]+(?= bytes)", "…", str(told[0].reason))
    assert len(told) == 1
    if fault != "other bytes":
        assert int(good.asked[0][6:-1]) >= HAD  # what was got is kept


@pytest.mark.parametrize("fault", BORNE)
def test_a_mirror_with_a_lesser_fault_gives_the_archive(fake, server, tmp_path, fault):
    (tmp_path / "fake.tar.gz.part").write_bytes(fake.archive[:HAD])
    release = fake.at(play(fake, server, BORNE[fault]))
    archive = download(tmp_path, release=release, limits=Limits(pause=0))
    assert archive.read_bytes() == fake.archive
    assert fault in told_on_the_page()


def test_every_row_of_the_page_is_tried():
    built_in = {"official", "huggingface", "kaggle", "paddle", "brainchip", "---", "`--from`"}
    rows = {row for row in told_on_the_page() if row.strip("`") not in built_in} - built_in
    assert rows - {"what a mirror does"} == {*LEFT, *BORNE, *ELSEWHERE}
    tests = "".join(path.read_text("utf-8") for path in HERE.glob("test_cifar100*.py"))
    assert [name for name in ELSEWHERE.values() if f"def {name}(" not in tests] == []
