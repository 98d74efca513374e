"""What a search for a planted defect from nothing came to, as a table; and that no search is lost or done twice."""

from __future__ import annotations

from dataclasses import asdict
from json import dumps
from pathlib import Path

import pytest

from deadair.targets.reference_defects import HELD_TO
from tools import cold_start
from tools.cold_start import OF_THREE_SEEDS, Search, kept, planned, table

OWN = Search("fifo", 1, 40, 0.5, "recovers", 4, 1, True)
OTHER = Search("gives-up", 2, 9, 0.1, "clears", 3, 3, True)
NOT = Search("stale-cache", 1, 900, 4.0)
SLIPPED = Search("gives-up", 1, 7, 0.1, "no_data_deadline", 3, 2, False)


def test_every_defect_is_searched_for_and_eight_with_three_seeds() -> None:
    plan = list(planned(list(HELD_TO)))
    assert len(plan) == len(set(plan)) == len(HELD_TO) + 2 * len(OF_THREE_SEEDS)
    assert {defect for defect, _ in plan} == set(HELD_TO)
    assert len(set(OF_THREE_SEEDS) & set(HELD_TO)) == 8


def test_the_table_says_by_which_rule_and_what_was_never_found() -> None:
    said = table([NOT, SLIPPED, OTHER, OWN])
    assert "| fifo | 1 | `recovers` | 40 | 0.5 | 4 | 1 |" in said
    assert "| gives-up | 2 | `clears` (not its own) | 9 | 0.1 | 3 | 3 |" in said
    assert "| gives-up | 1 | `no_data_deadline` | 7 | 0.1 | 3 | 2 (not proved) |" in said
    assert "| stale-cache | 1 | – | 900 | 4.0 | – | – |" in said
    assert "3 of 4 searches found something, and 2 of 3 defects were found." in said
    assert "1 of 2 that were made small have two faults at the most." in said
    assert "Not found in 4 min: stale-cache." in said


def test_what_was_found_is_kept_and_a_torn_line_counts_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    assert kept(path) == []
    path.write_text(f'{dumps(asdict(OWN))}\n{{"defect": "fifo"}}\n{{"defec', "utf-8")
    assert kept(path) == [OWN]


def test_a_search_that_was_done_is_not_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page, path, asked = tmp_path / "page.md", tmp_path / "kept.jsonl", list[tuple[str, int]]()
    page.write_text(f"before\n{cold_start.BEGIN}\nof earlier\n{cold_start.END}\nafter\n", "utf-8")
    path.write_text(f"{dumps(asdict(OWN))}\n", "utf-8")
    monkeypatch.setattr(cold_start, "PAGE", page)
    monkeypatch.setattr(cold_start, "KEPT", path)

    def search(defect: str, seed: int, *, jobs: int) -> Search:
        asked.append((defect, seed))
        return Search(defect, seed, 1, 4.0)

    monkeypatch.setattr(cold_start, "search", search)
    assert cold_start.main(["--defect", "fifo", "--defect", "stale-cache", "--jobs", "1"]) == 0
    assert asked == [("stale-cache", 1), ("stale-cache", 2), ("stale-cache", 3)]
    assert len(kept(path)) == 4
    text = page.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "of earlier" not in text
    assert "| fifo | 1 | `recovers`" in text
