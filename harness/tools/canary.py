"""Writes docs/canary.md: every planted defect in every scenario and in some drawn nights, and what caught it.

It takes minutes, so nothing checks the page against a run: a test sees that its rows and columns are those there are.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from deadair.canary.canary import matrix_plan, run
from deadair.canary.matrix_text import lines, page, progress_line
from deadair.explore.envelope_file import envelope_named, load_envelope
from deadair.targets.registry import known_targets

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs/canary.md"
LOG = REPOSITORY / "reports/canary.log"
BEGIN, END = "<!-- matrix: written by make canary, do not edit -->", "<!-- end of matrix -->"


def written(text: str, matrix: str) -> str:
    """Return the page with another matrix in it."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{matrix}\n{END}{rest.partition(END)[2]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run all of it and write the page; return the exit code of ``deadair canary``."""
    parser = argparse.ArgumentParser(prog="make canary", description="Run the kill matrix, into docs/canary.md.")
    parser.add_argument("--nights", type=int, default=20, help="drawn nights, each run with every build")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    asked = parser.parse_args(arguments)
    LOG.parent.mkdir(exist_ok=True)
    shown = [""]

    def show(line: str) -> None:
        if line != shown[0]:
            shown[0] = line
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    matrix = run(
        matrix_plan(fast=False, nights=asked.nights),
        jobs=asked.jobs,
        log=LOG,
        show=lambda found: show(progress_line(found)),
        envelope=load_envelope(envelope_named("reference"), known_targets(())) if asked.nights else None,
        seed=1,
    )
    sys.stdout.write("".join(f"{line}\n" for line in lines(matrix)))
    if not matrix.missing:
        PAGE.write_text(written(PAGE.read_text("utf-8"), page(matrix)), "utf-8")
    return int(matrix.code)


if __name__ == "__main__":
    sys.exit(main())
