"""The closing block of a run in a terminal: what came out, why, and where to read on.

Plain text without colour codes; ``summarise_markup`` is the same block for Rich.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator

from rich.markup import escape

from harness.model.judgement import Judgement
from harness.model.run_folder import RunFolder
from harness.model.verdict import Verdict
from harness.reporting import facts
from harness.reporting.wording import count, one_line, path_name

COLUMNS = 110
LABEL_COLUMNS = 11
DOUBTS_MAX = 6
STYLES = {
    Verdict.PASS: "bold green",
    Verdict.FAIL: "bold red",
    Verdict.UNKNOWN: "bold yellow",
    Verdict.ABORTED: "bold magenta",
}

Paint = Callable[[str, str], str]


def summarise(judgement: Judgement, folder: RunFolder) -> str:
    """Return the closing block as plain text."""
    return "\n".join(_lines(judgement, folder, lambda text, style: text)) + "\n"


def summarise_markup(judgement: Judgement, folder: RunFolder) -> str:
    """Return the closing block as Rich markup; everything from outside is escaped."""

    def paint(text: str, style: str) -> str:
        return f"[{style}]{escape(text)}[/]" if style else escape(text)

    return "\n".join(_lines(judgement, folder, paint)) + "\n"


def _lines(judgement: Judgement, folder: RunFolder, paint: Paint) -> Iterator[str]:
    style = STYLES[judgement.verdict]
    yield f"{paint(judgement.verdict.upper(), style)}{paint('  ' + one_line(judgement.scenario, 80), 'bold')}"
    yield from _wrapped(judgement.why, "  ", paint)
    yield ""
    yield from _row("blind", facts.silences_line(judgement), paint)
    if judgement.silences.count:
        yield from _row("", facts.latency_line(judgement.silences), paint)
    for path, tally in judgement.paths.items():
        told = f"{path_name(path)}: told {tally.told_in_time:,} in time, was first for {tally.told_first:,}"
        yield from _row("", told, paint)
    for number, finding in enumerate(facts.worst_first(judgement)):
        word = f"{finding.verdict:<8}"
        text = f"{one_line(finding.rule, 40)} ({facts.cases_line(finding)}): {one_line(finding.why, 400)}"
        label = "" if number else "rules"
        yield from _row(label, text, paint, word=word, style=STYLES[finding.verdict])
    for number, doubt in enumerate(judgement.doubts[:DOUBTS_MAX]):
        yield from _row("" if number else "doubts", facts.doubt_line(doubt), paint)
    if len(judgement.doubts) > DOUBTS_MAX:
        yield from _row("", f"and {count(len(judgement.doubts) - DOUBTS_MAX, 'more doubt')}: see the report", paint)
    for number, fault in enumerate(judgement.faults):
        sound = facts.fault_is_sound(fault)
        what = f"{one_line(fault.id, 20)} {one_line(fault.kind, 40)} {one_line(fault.where, 60)}"
        text = f"{what}: {facts.fault_state(fault)}"
        # With doubts, they have said it already.
        if not sound and fault.why and not judgement.doubts:
            text += f" ({one_line(fault.why, 300)})"
        yield from _row("" if number else "faults", text, paint, style="" if sound else "yellow")
    yield from _row("harness", facts.health_line(judgement.health), paint)
    # Paths and commands are never wrapped: they are there to be copied.
    yield paint(f"  {'report':<{LABEL_COLUMNS}}", "dim") + paint(one_line(folder.report, 4000), "")
    yield paint(f"  {'again':<{LABEL_COLUMNS}}", "dim") + paint(one_line(judgement.replay, 4000), "")


def _row(label: str, text: str, paint: Paint, *, word: str = "", style: str = "") -> Iterator[str]:
    """Yield a labelled line, wrapped under itself; ``word`` leads it in ``style``."""
    indent = 2 + LABEL_COLUMNS + (len(word) + 1 if word else 0)
    parts = textwrap.wrap(text, COLUMNS - indent, break_on_hyphens=False) or [""]
    lead = paint(f"  {label:<{LABEL_COLUMNS}}", "dim")
    first = paint(word, style) + " " if word else ""
    body = "" if word else style
    yield lead + first + paint(parts[0], body)
    for part in parts[1:]:
        yield " " * indent + paint(part, body)


def _wrapped(text: str, indent: str, paint: Paint) -> Iterator[str]:
    for part in textwrap.wrap(one_line(text), COLUMNS - len(indent), break_on_hyphens=False):
        yield indent + paint(part, "")
