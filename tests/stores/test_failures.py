"""A few of the failures of `tools.operate`, live: the operator sees each, and whoever goes blind is told by whom it has
to be. The tool makes all of them; these are made at once, each on a service and a disk of its own: they mostly wait.
"""

from __future__ import annotations

import json
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tools.operate import Seen, tried
from tools.operate_failures import BY_ITSELF, BY_SENTINEL, BY_WATCHDOG, FAILURES
from tools.small_disk import why_none

pytestmark = [pytest.mark.live, pytest.mark.skipif(bool(why_none()), reason=why_none())]
READ_ONLY, NO_STORE = "the disk turns read-only", "`store` is no database, found at a start"
NO_ALARMS, NO_SENTINEL = "`alarms` is corrupt, found by its check", "`sentinel` is corrupt, found by its check"
IN_FILE = why_none(in_file=True)


@pytest.fixture(scope="module")
def tries(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[Seen]]:
    """Each failure, once it was made."""
    wanted = [NO_STORE, NO_ALARMS, NO_SENTINEL, *([] if IN_FILE else [READ_ONLY])]
    with ThreadPoolExecutor(len(wanted)) as pool:
        return {
            one.what: pool.submit(tried, one, tmp_path_factory.mktemp("operate"))
            for one in FAILURES
            if one.what in wanted
        }


def seen(tries: dict[str, Future[Seen]], name: str) -> Seen:
    found = tries[name].result()
    assert found.told, f"nobody told the follower: {found}"
    assert BY_ITSELF in found.late_s, "the phone's own timer did not ring"
    told = [(line["node"], line["what"]) for line in found.log if line["event"] == "trouble"]
    assert len(told) <= len(set(told)) + 2 * len(ends(found)), "the log tells of one trouble again and again"
    return found


def ends(found: Seen) -> list[object]:
    """Return the nodes that ended, as often as they did: each life may tell its log once more."""
    return [line["ended"] for line in found.log if line["event"] == "a node ended"]


@pytest.mark.skipif(bool(IN_FILE), reason=IN_FILE)
def test_a_disk_that_turns_read_only_is_told_by_the_sentinel(tries: dict[str, Future[Seen]]) -> None:
    found = seen(tries, READ_ONLY)
    assert "Read-only file system" in found.whys["gateway"] or "disk I/O error" in found.whys["gateway"]
    assert "disk" in found.metrics
    assert BY_SENTINEL in found.late_s
    assert not found.sees_on


def test_alarms_that_are_corrupt_stop_no_reading_and_the_sentinel_tells_everybody(
    tries: dict[str, Future[Seen]],
) -> None:
    found = seen(tries, NO_ALARMS)
    assert found.whys["watchdog"].startswith("alarms.sqlite: it is corrupt: ")
    assert "alarms.sqlite" in found.metrics
    assert found.sees_on
    remedies = {line["remedy"] for line in found.log if line.get("what") == "alarms.sqlite"}
    assert remedies == {"stop the service, put the file of a backup in this one's place, and start it again"}
    assert BY_SENTINEL in found.late_s


def test_a_store_that_is_no_database_any_more_leaves_its_file_and_the_alarms_alone(
    tries: dict[str, Future[Seen]],
) -> None:
    found = seen(tries, NO_STORE)
    why = next(str(line["why"]) for line in found.log if line["event"] == "cannot start")
    assert "store.sqlite: file is not a database: put a copy in its place" in why
    assert {"gateway", "processor"} <= set(found.whys)
    assert BY_WATCHDOG in found.late_s


def test_what_heals_by_itself_is_begun_anew_and_readings_go_on(tries: dict[str, Future[Seen]]) -> None:
    found = seen(tries, NO_SENTINEL)
    aside = [line["file"] for line in found.log if line["event"] == "a corrupt file was put aside"]
    assert aside == ["sentinel.sqlite"]
    assert found.sees_on
    assert ends(found) == ["sentinel"], json.dumps(found.log)
