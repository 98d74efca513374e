"""The closing block of a run in a terminal: what came out, why, and where to read on; plain text, without colours."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from deadair.model.judgement import Judgement
from deadair.model.plural import count
from deadair.model.run_folder import RunFolder
from deadair.reporting import sentences as facts
from deadair.reporting.formatting import one_line, path_name

COLUMNS = 110
LABEL_COLUMNS = 11
TEXT_COLUMNS_LEAST = 10
DOUBTS_MAX = 6


def summarise(judgement: Judgement, folder: RunFolder, columns: int | None = None) -> str:
    """Return the closing block as plain text. ``columns``: how wide the terminal is, if there is one."""
    return "\n".join(_lines(judgement, folder, min(columns or COLUMNS, COLUMNS))) + "\n"


def _lines(judgement: Judgement, folder: RunFolder, columns: int) -> Iterator[str]:
    yield f"{judgement.verdict.upper()}  {one_line(judgement.scenario, 80)}: {facts.rules_line(judgement)}"
    yield from _wrapped(judgement.why, "  ", columns)
    yield ""
    yield from _row(columns, "silences", facts.silences_line(judgement))
    if judgement.silences.count:
        yield from _row(columns, "", facts.time_to_alert_line(judgement.silences))
    for path, tally in judgement.alert_paths.items():
        yield from _row(
            columns, "", f"{path_name(path)}: {tally.alerted_in_time:,} alerted in time, {tally.alerted_first:,} first"
        )
    for number, finding in enumerate(facts.worst_first(judgement)):
        text = f"{one_line(finding.rule, 40)} ({facts.cases_line(finding)}): {one_line(finding.why, 400)}"
        label = "" if number else "rules"
        yield from _row(columns, label, text, word=f"{finding.verdict:<8}")
    for each in judgement.not_judged:
        yield from _row(columns, "", f"not judged: {facts.not_judged_line(each)}")
    for number, doubt in enumerate(judgement.doubts[:DOUBTS_MAX]):
        yield from _row(columns, "" if number else "doubts", facts.doubt_line(doubt))
    if len(judgement.doubts) > DOUBTS_MAX:
        yield from _row(columns, "", f"and {count(len(judgement.doubts) - DOUBTS_MAX, 'more doubt')}: see the report")
    for number, fault in enumerate(judgement.faults):
        what = f"{one_line(fault.id, 20)} {one_line(fault.kind, 40)} {one_line(fault.where, 60)}"
        text = f"{what}: {facts.fault_state(fault)}"
        # With doubts, they have said it already.
        if not facts.fault_is_sound(fault) and fault.why and not judgement.doubts:
            text += f" ({one_line(fault.why, 300)})"
        if fault.blast_radius:
            text += f"; blast radius: {one_line(fault.blast_radius, 300)}"
        yield from _row(columns, "" if number else "faults", text)
    yield from _row(columns, "harness", facts.health_line(judgement.health))
    # Paths and commands are never wrapped: they are there to be copied.
    yield f"  {'report':<{LABEL_COLUMNS}}{one_line(folder.report, 4000)}"
    yield f"  {'again':<{LABEL_COLUMNS}}{one_line(judgement.replay, 4000)}"


def _row(columns: int, label: str, text: str, *, word: str = "") -> Iterator[str]:
    """Yield a labelled line, wrapped under itself; ``word`` leads it."""
    indent = 2 + LABEL_COLUMNS + (len(word) + 1 if word else 0)
    parts = _between_words(text, columns - indent) or [""]
    yield f"  {label:<{LABEL_COLUMNS}}{word + ' ' if word else ''}{parts[0]}"
    for part in parts[1:]:
        yield " " * indent + part


def _wrapped(text: str, indent: str, columns: int) -> Iterator[str]:
    for part in _between_words(one_line(text), columns - len(indent)):
        yield indent + part


def _between_words(text: str, columns: int) -> list[str]:
    return textwrap.wrap(text, max(TEXT_COLUMNS_LEAST, columns), break_on_hyphens=False, break_long_words=False)
