"""Writes docs/cold-start.md: how long `explore` takes to find each planted defect, from nothing, and how small it gets.

Each search starts cold and is cut after some minutes. It runs one after the other, on all cores. What was found so far
is kept below ``reports``, so that an interrupt loses one search at the most.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from json import dumps, loads
from pathlib import Path

from deadair.canary.matrix_cell import OWN_RULES
from deadair.explore.envelope_file import envelope_named, load_envelope
from deadair.explore.exploration import Order
from deadair.explore.exploration_report import Files
from deadair.explore.findings import find
from deadair.targets.reference_defects import HELD_TO
from deadair.targets.registry import known_targets

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs/cold-start.md"
KEPT = REPOSITORY / "reports/cold-start.jsonl"
BEGIN, END = "<!-- table: written by make cold-start, do not edit -->", "<!-- end of table -->"
CUT_MIN = 4.0
SHRINK_S = 40.0
SEEDS = 3
OF_THREE_SEEDS = (
    "gives-up",
    "timers-lost-on-restart",
    "stale-cache",
    "lows-told-once",
    "rings-once",
    "acknowledges-before-keeping",
    "app-shows-old",
    "incident-by-majority",
)
"""One of each kind, as far as eight go: sender, watchdog, cache, lows, repeats, storage, screen, status page."""


@dataclass(frozen=True, slots=True)
class Search:
    """What one search came to. ``rule``: what the night violated; nothing if none was found in time.

    ``faults_left``: in the night once it was made small; none if it could not be.
    """

    defect: str
    seed: int
    nights: int
    minutes: float
    rule: str = ""
    faults_before: int = 0
    faults_left: int | None = None
    proved: bool = False

    @property
    def by_own_rule(self) -> bool:
        """Say whether it was found by a rule that is to catch it."""
        return self.rule in OWN_RULES.get(self.defect, frozenset())


def planned(defects: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield each search, as a defect and a seed: the first seed of each before the second of any."""
    for seed in range(1, SEEDS + 1):
        yield from ((defect, seed) for defect in defects if seed == 1 or defect in OF_THREE_SEEDS)


def search(defect: str, seed: int, *, jobs: int) -> Search:
    """Explore until a night fails, and make it small. Raises KeyboardInterrupt, also of one that was cut short so."""
    inside = load_envelope(envelope_named("reference"), known_targets(()))
    order = Order(inside, seed, (defect,), minutes=CUT_MIN, jobs=jobs, stop_at_first=True)
    with tempfile.TemporaryDirectory(prefix="cold-start-") as folder:
        found, regressions = find(order, Files(Path(folder)), lambda _: None, shrink_s=SHRINK_S, tell=lambda _: None)
    if found.interrupted:
        raise KeyboardInterrupt
    minutes = round(found.took_s / 60, 2)
    if not regressions:
        rule = found.failed[0].violated[0] if found.failed else ""
        return Search(defect, seed, found.nights, minutes, rule)
    small = regressions[0]
    return Search(
        defect,
        seed,
        found.nights,
        minutes,
        small.rule,
        small.faults_before,
        len(small.scenario.timeline),
        small.proved,
    )


def kept(path: Path) -> list[Search]:
    """Return what earlier searches came to; a line that was cut off in writing counts for nothing."""
    searches = []
    with suppress(FileNotFoundError):
        for line in path.read_text("utf-8").splitlines():
            with suppress(ValueError, TypeError):
                searches.append(Search(**loads(line)))
    return searches


def table(searches: Sequence[Search]) -> str:
    """Return the table and the sums below it, as Markdown."""
    rows = [
        "| defect | seed | found by | nights | minutes | faults drawn | faults left |",
        "|---|---|---|---|---|---|---|",
    ]
    for each in sorted(searches, key=lambda each: (list(HELD_TO).index(each.defect), each.seed)):
        rule = f"`{each.rule}`" + ("" if each.by_own_rule else " (not its own)") if each.rule else "–"
        left = "–" if each.faults_left is None else str(each.faults_left) + ("" if each.proved else " (not proved)")
        before = each.faults_before or "–"
        what = (each.defect, each.seed, rule, f"{each.nights:,}", f"{each.minutes:.1f}", before, left)
        rows.append(f"| {' | '.join(map(str, what))} |")
    return "\n".join([*rows, "", *_sums(searches)])


def _sums(searches: Sequence[Search]) -> Iterator[str]:
    found = [each for each in searches if each.rule]
    names = {each.defect for each in searches}
    ever = {each.defect for each in found}
    small = [each for each in found if each.faults_left is not None and each.proved]
    few = [each for each in small if (each.faults_left or 0) <= 2]
    yield (
        f"{len(found)} of {len(searches)} searches found something, and {len(ever)} of {len(names)} defects were found."
    )
    if found:
        median = statistics.median(each.minutes for each in found)
        yield f"Of those found, half took {median:.1f} min or less."
        yield f"{len(few)} of {len(small)} that were made small have two faults at the most."
    never = sorted(names - ever)
    if never:
        yield f"Not found in {CUT_MIN:g} min: {', '.join(never)}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Search for each defect that was not searched for yet, and write the page; 0 if all were searched for."""
    parser = argparse.ArgumentParser(prog="make cold-start", description="Find each planted defect from nothing.")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--defect", action="append", choices=list(HELD_TO), help="only this one; may be repeated")
    parser.add_argument("--anew", action="store_true", help="forget what earlier searches came to")
    asked = parser.parse_args(arguments)
    KEPT.parent.mkdir(exist_ok=True)
    if asked.anew:
        KEPT.unlink(missing_ok=True)
    searches = kept(KEPT)
    known = {(each.defect, each.seed) for each in searches}
    try:
        for defect, seed in planned(asked.defect or list(HELD_TO)):
            if (defect, seed) in known:
                continue
            searches.append(done := search(defect, seed, jobs=asked.jobs))
            with KEPT.open("a", encoding="utf-8") as lines:
                lines.write(f"{dumps(asdict(done))}\n")
            sys.stdout.write(f"{done}\n")
            sys.stdout.flush()
    except KeyboardInterrupt:
        sys.stdout.write("ended; what was found is kept, and the next run goes on from there\n")
        return 130
    here = [each for each in searches if each.defect in HELD_TO]
    before, _, rest = PAGE.read_text("utf-8").partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}\n\n{table(here)}\n\n{END}{rest.partition(END)[2]}", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
