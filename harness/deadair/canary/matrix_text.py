"""The kill matrix as text for a terminal, as JSON, and as a page of the docs. Knows no terminal."""

from __future__ import annotations

from collections.abc import Iterator
from string import ascii_lowercase
from typing import Any

from deadair.canary.kill_matrix import GOOD, KillMatrix
from deadair.canary.matrix_cell import MUST_CATCH, OWN_RULES, HowSeen, MatrixCell
from deadair.model.plural import count, was
from deadair.model.verdict import Verdict

GOOD_SERVICE = "the good service"
SIGNS = {HowSeen.OWN: "●", HowSeen.OWN_AND_OTHER: "◐", HowSeen.OTHER: "○", HowSeen.NOT: "·", HowSeen.UNKNOWN: "?"}
NOT_RUN = " "
LOST = "!"
LEGEND = (
    "● caught by its own rule and no other · ◐ by its own beside others · ○ by another only · · not · ? unknown"
    " · ! came to nothing · nothing: not run · of the good service: ✓ passes"
)
WRONGS_SHOWN = 20


def progress_line(matrix: KillMatrix) -> str:
    """Return how far it is."""
    done, every = len(matrix.outcomes) + len(matrix.lost), sum(1 for _ in matrix.plan.cells())
    left = "" if not done else f", {matrix.took_s / done * (every - done) / 60:.1f} min left"
    return f"{done:,} of {count(every, 'cell')}{left}; {len(matrix.wrongs):,} not as they must be"


def lines(matrix: KillMatrix) -> Iterator[str]:
    """Yield it for people."""
    plan = matrix.plan
    for letter, scenario in zip(ascii_lowercase, plan.scenarios, strict=False):
        yield f"  {letter}  {scenario}"
    yield from (f"     {scenario} is left out: virtual time has no such target" for scenario in plan.left_out)
    width = max(len(name) for name in (GOOD_SERVICE, *plan.defects))
    yield f"{'':<{width}}  {' '.join(ascii_lowercase[: len(plan.scenarios)])}{'  nights' if plan.nights else ''}"
    for defect in (GOOD, *plan.defects):
        signs = " ".join(_sign(matrix, MatrixCell(defect, scenario)) for scenario in plan.scenarios)
        nights = f"  {_nights(matrix, defect)}" if plan.nights else ""
        yield f"{defect or GOOD_SERVICE:<{width}}  {signs}{nights}".rstrip()
    yield from (LEGEND, "", *summary(matrix))


def summary(matrix: KillMatrix) -> Iterator[str]:
    """Yield what it comes to, in sentences."""
    plan = matrix.plan
    yield from matrix.wrongs[:WRONGS_SHOWN]
    if len(matrix.wrongs) > WRONGS_SHOWN:
        yield f"and {len(matrix.wrongs) - WRONGS_SHOWN:,} more"
    if matrix.interrupted:
        yield "somebody ended it before all of it was run"
    yield from (f"{cell} came to nothing: {why}" for cell, why in matrix.lost.items())
    yield from (f"{name}: no scenario that was run is held to it" for name in matrix.uncaught)
    if matrix.missing:
        yield f"{count(len(matrix.missing), 'cell')} {was(len(matrix.missing))} not judged: nothing is proved"
    if not (matrix.wrongs or matrix.missing or matrix.uncaught):
        nights = f" and {count(plan.nights, 'drawn night')}" if plan.nights else ""
        yield (
            f"{count(len(plan.defects), 'defect')}, each caught by its own rule; the good service passes in"
            f" {count(len(plan.scenarios), 'scenario')}{nights}"
        )


def as_json(matrix: KillMatrix) -> dict[str, Any]:
    """Return it for programs."""
    cells = [
        {
            "defect": cell.defect or None,
            "scenario": cell.scenario or None,
            "night": cell.night,
            "verdict": outcome.verdict,
            "violated": list(outcome.violated),
            "seen": matrix.seen(cell) if cell.defect else None,
            "must": MUST_CATCH.get((cell.defect, cell.scenario)),
            "why": outcome.why,
        }
        for cell, outcome in matrix.outcomes.items()
    ]
    return {
        "exit": int(matrix.code),
        "wrong": matrix.wrongs,
        "not_judged": [str(cell) for cell in matrix.missing],
        "left_out": list(matrix.plan.left_out),
        "cells": cells,
    }


def page(matrix: KillMatrix) -> str:
    """Return it as Markdown: a row for each defect, a column for each scenario."""
    plan = matrix.plan
    columns = [*(name.replace("/", "/<br>") for name in plan.scenarios), *(["nights"] if plan.nights else [])]
    rows = [
        f"| build | its own rule | {' | '.join(columns)} |",
        f"|---|---|{'---|' * len(columns)}",
    ]
    for defect in (GOOD, *plan.defects):
        signs = [_sign(matrix, MatrixCell(defect, scenario)) for scenario in plan.scenarios]
        signs = [
            f"**{sign}**" if (defect, name) in MUST_CATCH else sign
            for sign, name in zip(signs, plan.scenarios, strict=True)
        ]
        rules = ", ".join(f"`{rule}`" for rule in sorted(OWN_RULES.get(defect, ())))
        nights = [_nights(matrix, defect)] if plan.nights else []
        rows.append(f"| {defect or GOOD_SERVICE} | {rules} | {' | '.join([*signs, *nights])} |")
    left_out = "".join(f"`{name}` is left out: virtual time has no such target.\n" for name in plan.left_out)
    return "\n".join([*rows, "", f"{LEGEND}.", "", left_out + "\n".join(summary(matrix))]) + "\n"


def _sign(matrix: KillMatrix, cell: MatrixCell) -> str:
    if cell in matrix.lost:
        return LOST
    if cell not in matrix.outcomes:
        return NOT_RUN
    if not cell.defect:
        verdict = matrix.outcomes[cell].verdict
        return "✓" if verdict is Verdict.PASS else "✗" if verdict is Verdict.FAIL else "?"
    how = matrix.seen(cell)
    return NOT_RUN if how is None else SIGNS[how]


def _nights(matrix: KillMatrix, defect: str) -> str:
    """Say in how many nights a defect was seen, or in how many the good service passed."""
    found, nights = matrix.of_nights(defect), matrix.plan.nights
    if not defect:
        return f"{found[HowSeen.NOT]} of {nights} pass"
    own = found[HowSeen.OWN] + found[HowSeen.OWN_AND_OTHER]
    other = f", {found[HowSeen.OTHER]} by another" if found[HowSeen.OTHER] else ""
    return f"{own} of {nights} by its own{other}"
