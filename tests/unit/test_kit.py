"""The table of the conformance kit: targets with different parts beside each other."""

from __future__ import annotations

from deadair.conformance.rung import Climb, Rung
from tools.kit import BEGIN, END, page_text, table


def rung(name: str, state: str, came: str = "it came") -> Rung:
    return Rung.model_validate({"name": name, "asked": "It is there.", "state": state, "came": came})


ONE = Climb(
    target="one", version="1", rungs=(rung("starts", "ok"), rung("cut up", "ok"), rung("cut down", "failed", "no"))
)
TWO = Climb(target="two", version="2", rungs=(rung("starts", "unknown", "who knows"), rung("cut up", "ok")))


def test_rungs_of_parts_are_counted_in_one_line_and_what_is_not_ok_is_said_below() -> None:
    assert list(table([ONE, TWO])) == [
        "| rung | `one` | `two` |",
        "|---|---|---|",
        "| starts | ok | unknown |",
        "| cut, each link | 1 ok, 1 failed | ok |",
        "",
        "- `one`, cut down: failed: no",
        "- `two`, starts: unknown: who knows",
    ]


def test_a_target_without_a_rung_has_a_dash() -> None:
    bare = Climb(target="none", version="0", rungs=(rung("cut up", "ok"),))
    assert "| starts | – | unknown |" in list(table([bare, TWO]))


def test_the_page_keeps_what_stands_around_the_table() -> None:
    page = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert page_text(page, ["new"]) == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
