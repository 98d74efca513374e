"""The colours of a report, each with its light and its dark form.

A chart is drawn once, in the light form; the page's style sheet turns the very same SVG dark by matching these
values. So each light value must be unique. Colour never says anything alone: words, shapes or places say it too.
"""

from __future__ import annotations

from collections.abc import Sequence

COLOURS: dict[str, tuple[str, str]] = {
    # the page
    "paper": ("#ffffff", "#14171b"),
    "sheet": ("#f5f7f9", "#1c2127"),
    "line": ("#d9dfe5", "#333b44"),
    "ink": ("#1b2127", "#e8ecf0"),
    "quiet": ("#57626d", "#a3aeb9"),
    # verdicts
    "pass": ("#17713f", "#52c98b"),
    "fail": ("#b3261e", "#ff857c"),
    "unknown": ("#8a5a00", "#e6b450"),
    "aborted": ("#5f4b8b", "#b7a5e6"),
    # how a silence went
    "waiting": ("#e0a230", "#d39a33"),
    "alerted": ("#9fb2c4", "#5b7187"),
    "overdue": ("#d1342b", "#f0605a"),
    "excused": ("#cfd5db", "#454f59"),
    # alert paths, in the order in which the target names them
    "path1": ("#1667b0", "#62aef2"),
    "path2": ("#0b8274", "#3fc4b3"),
    "path3": ("#7d4fb3", "#bd98ee"),
    # faults
    "fault": ("#5b6b7b", "#8c9bab"),
    "unproved": ("#c2570c", "#f29a55"),
    "band": ("#8794a1", "#93a1af"),
    "phase": ("#e6ebf0", "#2a323b"),
    # cohorts, in the roster's order
    "cohort1": ("#35618f", "#6fa3d8"),
    "cohort2": ("#c98a2b", "#dfab5c"),
    "cohort3": ("#5d8f57", "#8cc084"),
    "cohort4": ("#a0577f", "#d48bb2"),
    "cohort5": ("#77808a", "#a6b0ba"),
}
PATH_COLOURS = ("path1", "path2", "path3")
COHORT_COLOURS = ("cohort1", "cohort2", "cohort3", "cohort4", "cohort5")


def light(name: str) -> str:
    """Return a colour as charts are drawn with it."""
    return COLOURS[name][0]


def path_colour(path: str, alert_paths: Sequence[str]) -> str:
    """Return the name of an alert path's colour; an unknown one, or one too many, looks like a fault's slate."""
    return dict(zip(alert_paths, PATH_COLOURS, strict=False)).get(path, "fault")


def style_variables(*, dark: bool) -> str:
    """Return the CSS variables of one form: ``--ink: #1b2127; …``."""
    return " ".join(f"--{name.replace('_', '-')}: {pair[int(dark)]};" for name, pair in COLOURS.items())


def dark_chart_rules() -> str:
    """Return the CSS that turns charts dark."""
    return "\n".join(
        f'figure svg [fill="{bright}"] {{ fill: {dim} }} figure svg [stroke="{bright}"] {{ stroke: {dim} }}'
        for bright, dim in COLOURS.values()
    )
