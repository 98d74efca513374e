"""What came of clients becomes a table in which nothing is called ok that was not, and no client starts in the open."""

from __future__ import annotations

import pytest

from tools.clients.__main__ import exit_code, page_text
from tools.clients.phases import COLUMNS, KNOWN, NONE, Cells, labels, lines_of
from tools.clients.roster import READERS
from tools.clients.sealed import NotSealed, demand_sealed
from tools.clients.uploading_flows import UPLOADERS


def cells(**other: str) -> Cells:
    """All that may come, ok or none, but for some flows of the first client."""
    found = {(label, column): "ok" for label in labels() for column in COLUMNS}
    return found | {(labels()[0], flow.replace("_", " ")): came for flow, came in other.items()}


def test_all_clients_and_all_flows_are_in_the_table() -> None:
    lines = list(lines_of(cells()))
    assert len(lines) == 2 + len(READERS) + len(UPLOADERS)
    assert all(line.count("|") == len(COLUMNS) + 2 for line in lines)


def test_what_a_client_has_not_is_a_dash_and_what_went_wrong_has_a_note() -> None:
    other = cells(
        latest=NONE,
        limits="no answer in 10 s",
        expiry=f"{KNOWN}it goes on",
        upload="not run: no Node",
        history="ok, 3 a minute",
    )
    lines = list(lines_of(other))
    row = [cell.strip() for cell in lines[2].strip("|").split("|")]
    found = dict(zip(COLUMNS, row[1:], strict=True))
    assert (found["latest"], found["history"], found["limits"]) == (NONE, "ok (1)", "**no** (2)")
    assert (found["expiry"], found["upload"]) == ("its own (3)", "not run (4)")
    assert lines[-1].endswith("upload: not run: no Node.")


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({}, 0),
        ({"latest": NONE}, 0),
        ({"latest": "ok, 3 requests"}, 0),
        ({"latest": f"{KNOWN}it goes on"}, 0),
        ({"latest": "not run: no Node"}, 2),
        ({"latest": "other values"}, 1),
        ({"latest": "other values", "upload": "not run: no Node"}, 1),
        ({"latest": "okay"}, 1),
    ],
)
def test_the_exit_code_says_whether_all_is_as_wanted(other: dict[str, str], code: int) -> None:
    assert exit_code(cells(**other)) == code


def test_a_page_keeps_all_but_its_table() -> None:
    page = "before\n<!-- clients: written by tools.clients, do not edit -->\nold\n<!-- end of clients -->\nafter\n"
    text = page_text(page, cells())
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("<!-- end of clients -->\nafter\n")
    assert page_text(text, cells()) == text


def test_no_client_may_start_where_something_can_leave() -> None:
    with pytest.raises(NotSealed):
        demand_sealed()
