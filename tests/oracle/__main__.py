"""Compares both oracles on nights that an envelope allows: ``python -m tests.oracle --nights 500``.

It ends with 1 if they differ anywhere, or if a rule judged nothing in all of them.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from deadair.explore.envelope_file import envelope_named, load_envelope
from deadair.model.plural import count
from deadair.targets.registry import known_targets
from tests.oracle.harness_side import ORACLES
from tests.oracle.nights import NightsCompared


def main(arguments: Sequence[str] | None = None) -> int:
    """Say where they differ, night by night; return 1 if they do."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle", description="Compare both oracles on drawn nights.")
    parser.add_argument("--envelope", default="reference", help="the nights' envelope, by name or file")
    parser.add_argument("--nights", type=int, default=500, help="how many")
    parser.add_argument("--first", type=int, default=0, help="the number of the first")
    parser.add_argument("--seed", type=int, default=1, help="whose nights")
    parser.add_argument("--jobs", type=int, default=2, help="processes at a time")
    asked = parser.parse_args(arguments)
    work = NightsCompared(load_envelope(envelope_named(asked.envelope), known_targets(())), asked.seed)
    judged: Counter[str] = Counter()
    violated: Counter[str] = Counter()
    wrong = 0
    nights = range(asked.first, asked.first + asked.nights)
    # Not forked: polars may have threads already, whose locks a copy of the process would wait for.
    with ProcessPoolExecutor(asked.jobs, mp_context=get_context("spawn")) as processes:
        for night, found in zip(nights, processes.map(work, nights), strict=True):
            wrong += bool(found.differences)
            judged.update(found.judged)
            violated.update(dict.fromkeys(found.violated, 1))
            said = (*found.differences, *(f"the good service violates {rule}" for rule in found.violated))
            sys.stdout.write("".join(f"night {night}: {line}\n" for line in said))
            sys.stdout.flush()
    for rule in sorted(ORACLES):
        sys.stdout.write(f"{rule}: {count(judged[rule], 'case')}; violated in {count(violated[rule], 'night')}\n")
    sys.stdout.write(f"{count(asked.nights, 'night')}; the oracles differ in {wrong:,}\n")
    return 1 if wrong or not all(judged[rule] for rule in ORACLES) else 0


if __name__ == "__main__":
    sys.exit(main())
