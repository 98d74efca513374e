"""What the kill matrix says, for people, for programs and for the docs."""

from __future__ import annotations

import json

from deadair.canary.kill_matrix import KillMatrix
from deadair.canary.matrix_cell import CellOutcome, MatrixCell
from deadair.canary.matrix_text import as_json, lines, page, progress_line, summary
from deadair.model.verdict import Verdict
from tests.unit.test_kill_matrix import GREEN, LOWS, PLAN, PROVIDER, failed


def test_a_green_matrix_is_a_table_with_a_legend_and_a_sentence() -> None:
    said = list(lines(KillMatrix(PLAN, dict(GREEN))))
    assert said[:6] == [
        "  a  smoke/lows",
        "  b  smoke/provider",
        "                  a b",
        "the good service  ✓ ✓",
        "gives-up            ●",
        "lows-untold       ●",
    ]
    assert said[-1] == "2 defects, each caught by its own rule; the good service passes in 2 scenarios"


def test_what_is_not_as_it_must_be_is_said() -> None:
    outcomes = {**GREEN, MatrixCell("gives-up", PROVIDER): failed("recovers"), MatrixCell("", LOWS): failed("clears")}
    matrix = KillMatrix(PLAN, outcomes)
    said = "\n".join(lines(matrix))
    assert "the good service  ✗ ✓" in said
    assert "gives-up            ○" in said
    assert "gives-up in smoke/provider: no_data_deadline was to be violated and no other; recovers was" in said
    assert "the good service in smoke/lows: fail, clears violated: why" in said
    assert "each caught" not in said


def test_what_came_to_nothing_proves_nothing() -> None:
    cell = MatrixCell("gives-up", PROVIDER)
    rest = {one: outcome for one, outcome in GREEN.items() if one != cell}
    matrix = KillMatrix(PLAN, rest, {cell: "its process ended by itself (exit code -9)"})
    assert list(summary(matrix)) == [
        "gives-up in smoke/provider came to nothing: its process ended by itself (exit code -9)",
        "1 cell was not judged: nothing is proved",
    ]
    assert "gives-up            !" in "\n".join(lines(matrix))


def test_programs_get_every_cell() -> None:
    matrix = KillMatrix(PLAN, {**GREEN, MatrixCell("", LOWS): CellOutcome(Verdict.UNKNOWN, (), "no rule had a case")})
    told = json.loads(json.dumps(as_json(matrix)))
    assert (told["exit"], len(told["cells"]), len(told["wrong"])) == (2, 4, 1)
    by_place = {(one["defect"], one["scenario"]): one for one in told["cells"]}
    assert by_place["gives-up", PROVIDER]["seen"] == "own"
    assert by_place["gives-up", PROVIDER]["must"] == "no_data_deadline"
    assert by_place[None, LOWS] | {"why": ""} == {
        "defect": None, "scenario": LOWS, "night": None, "verdict": "unknown", "violated": [], "seen": None,
        "must": None, "why": "",
    }  # fmt: skip


def test_the_page_has_a_row_for_each_build_with_what_it_must_be_caught_by() -> None:
    rows = page(KillMatrix(PLAN, dict(GREEN))).splitlines()
    assert rows[0] == "| build | its own rule | smoke/<br>lows | smoke/<br>provider |"
    assert rows[2:5] == [
        "| the good service |  | ✓ | ✓ |",
        "| gives-up | `no_data_deadline` |   | **●** |",
        "| lows-untold | `low_alerted` | **●** |   |",
    ]


def test_progress_says_how_far_it_is() -> None:
    matrix = KillMatrix(PLAN, dict(list(GREEN.items())[:2]), took_s=120.0)
    assert progress_line(matrix) == "2 of 4 cells, 2.0 min left; 0 not as they must be"
