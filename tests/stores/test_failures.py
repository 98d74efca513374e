"""A few of the failures of `tools.operate`, live: the operator sees each, and whoever goes blind is told by whom it has
to be. The tool makes all of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.operate import Seen, tried
from tools.operate_failures import BY_ITSELF, BY_SENTINEL, BY_WATCHDOG, FAILURES
from tools.small_disk import why_none

pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(why_none()), reason=why_none())]
BY_NAME = {failure.what: failure for failure in FAILURES}
IN_FILE = pytest.mark.skipif(bool(why_none(in_file=True)), reason=why_none(in_file=True))


def seen(name: str, folder: Path) -> Seen:
    found = tried(BY_NAME[name], folder)
    assert found.told, f"nobody told the follower: {found}"
    assert BY_ITSELF in found.late_s, "the phone's own timer did not ring"
    told = [(line["node"], line["what"]) for line in found.log if line["event"] == "trouble"]
    assert len(told) <= len(set(told)) + 2 * len(ends(found)), "the log tells of one trouble again and again"
    return found


def ends(found: Seen) -> list[object]:
    """Return the nodes that ended, as often as they did: each life may tell its log once more."""
    return [line["ended"] for line in found.log if line["event"] == "a node ended"]


@IN_FILE
def test_a_disk_that_turns_read_only_is_told_by_the_sentinel(tmp_path: Path) -> None:
    found = seen("the disk turns read-only", tmp_path)
    assert "Read-only file system" in found.whys["gateway"] or "readonly" in found.whys["gateway"]
    assert "disk" in found.metrics
    assert not found.sees_on


def test_alarms_that_are_corrupt_stop_no_reading_and_the_sentinel_tells_everybody(tmp_path: Path) -> None:
    found = seen("`alarms` is corrupt, found by its check", tmp_path)
    assert found.whys["watchdog"].startswith("alarms.sqlite: it is corrupt: ")
    assert "alarms.sqlite" in found.metrics
    assert found.sees_on
    remedies = {line["remedy"] for line in found.log if line.get("what") == "alarms.sqlite"}
    assert remedies == {"stop the service, put the file of a backup in this one's place, and start it again"}
    assert BY_SENTINEL in found.late_s


def test_a_store_that_is_no_database_any_more_leaves_its_file_and_the_alarms_alone(tmp_path: Path) -> None:
    found = seen("`store` is no database, found at a start", tmp_path)
    why = next(str(line["why"]) for line in found.log if line["event"] == "cannot start")
    assert "store.sqlite: file is not a database: put a copy in its place" in why
    assert {"gateway", "processor"} <= set(found.whys)
    assert BY_WATCHDOG in found.late_s


def test_what_heals_by_itself_is_begun_anew_and_readings_go_on(tmp_path: Path) -> None:
    found = seen("`sentinel` is corrupt, found by its check", tmp_path)
    aside = [line["file"] for line in found.log if line["event"] == "a corrupt file was put aside"]
    assert aside == ["sentinel.sqlite"]
    assert found.sees_on
    assert ends(found) == ["sentinel"], json.dumps(found.log)
