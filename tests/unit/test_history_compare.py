"""Where two histories part."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from deadair.history.compare import Parting, parting
from deadair.history.reader import History, of_memory
from deadair.history.rows import SCHEMA, Kind

STORM = {"at_us": 100_000_000, "kind": str(Kind.PHASE), "detail": "storm"}
POLL = {"at_us": 160_000_000, "kind": str(Kind.POLL), "phone": 3, "outcome": "ok"}
PUSH = {"at_us": 170_000_000, "kind": str(Kind.PUSH), "phone": 3}


def history(*rows: dict[str, Any]) -> History:
    numbered = [{**row, "seq": number} for number, row in enumerate(rows)]
    return of_memory({"fleet": pa.Table.from_pylist(numbered, schema=SCHEMA)})


def test_equal_histories_do_not_part() -> None:
    assert parting(history(STORM, POLL), history(STORM, POLL)) is None
    assert parting(history(), history()) is None


def test_the_first_row_that_differs_is_named() -> None:
    lost = {**POLL, "outcome": "info"}
    assert parting(history(STORM, POLL, PUSH), history(STORM, lost, POLL)) == Parting(60, "fleet", "poll", "poll")


def test_a_value_that_one_of_them_lacks_is_a_difference() -> None:
    mute = {key: value for key, value in POLL.items() if key != "outcome"}
    assert parting(history(STORM, POLL), history(STORM, mute)) == Parting(60, "fleet", "poll", "poll")


def test_the_moment_is_that_of_the_earlier_of_two_rows() -> None:
    assert parting(history(STORM, PUSH), history(STORM, POLL)) == Parting(60, "fleet", "push", "poll")


def test_a_history_that_ends_sooner_parts_at_its_end() -> None:
    assert parting(history(STORM), history(STORM, POLL)) == Parting(60, "fleet", "", "poll")
    assert parting(history(STORM, POLL), history(STORM)) == Parting(60, "fleet", "poll", "")
