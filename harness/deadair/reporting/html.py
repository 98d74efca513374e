"""``report.html``: one page for people that carries everything it needs and asks the network for nothing.

Puts the story, the charts and the judgement into the template, which escapes whatever it is given; only the
drawings of ``charts`` go in as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from deadair.model.judgement import Judgement
from deadair.model.plural import count
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Verdict
from deadair.reporting import palette
from deadair.reporting import sentences as facts
from deadair.reporting.chart_tables import blind_table, by_cohort, lane_events, time_to_alert_table
from deadair.reporting.charts import Figure, draw
from deadair.reporting.formatting import (
    VERDICT_MEANINGS,
    VERDICT_WORDS,
    clean,
    duration,
    milliseconds,
    moment,
    one_line,
    path_name,
)
from deadair.reporting.run_reader import read_story
from deadair.reporting.run_story import Lane, SilenceOutcome, SilenceStory, Story
from deadair.reporting.trace_table import HEADS, left_out, trace_rows, trace_title

EXAMPLES_MAX = 20
DOUBTS_MAX = 200
FINDINGS_MAX = 100
FAULTS_MAX = 200
SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✕", Verdict.UNKNOWN: "?", Verdict.ABORTED: "■"}


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the page's head; ``tone`` colours it, ``note`` says what it means."""

    label: str
    value: str
    note: str
    tone: str = ""


def render(folder: RunFolder, judgement: Judgement) -> str:
    """Return the report of a run. A damaged history leaves charts out, each with a sentence in its place."""
    story = read_story(folder, judgement)
    charts = draw(story, judgement)
    environment = templates_of("deadair.reporting")
    environment.filters.update(
        clean=clean, line=one_line, duration=duration, moment=moment, milliseconds=milliseconds, path_name=path_name
    )
    page = environment.get_template("report.html.j2").render(
        judgement=judgement,
        facts=facts,
        story=story,
        charts=charts,
        drawing=drawing,
        count=count,
        word=VERDICT_WORDS[judgement.verdict],
        meaning=VERDICT_MEANINGS[judgement.verdict],
        signs=SIGNS,
        tiles=_tiles(judgement),
        findings=facts.worst_first(judgement)[:FINDINGS_MAX],
        doubts=judgement.doubts[:DOUBTS_MAX],
        faults=judgement.faults[:FAULTS_MAX],
        examples_max=EXAMPLES_MAX,
        suspected=sum(silence.suspected for silence in story.silences),
        cohort_colours=_cohort_colours(story),
        cohorts=by_cohort(story),
        blind_rows=blind_table(story),
        time_to_alert_rows=time_to_alert_table(story),
        lanes=tuple(zip(story.lanes, charts.lanes, strict=True)),
        lane_title=_lane_title,
        lane_events=lane_events,
        trace_title=trace_title,
        trace_heads=HEADS,
        trace_rows=trace_rows,
        left_out=left_out,
        path_colour=lambda path: palette.path_colour(path, story.alert_paths),
        alerted_max=max([1, *(tally.alerted_in_time for tally in judgement.alert_paths.values())]),
        **style(),
    )
    return page + "\n"


def templates_of(package: str) -> Environment:
    """Return the page templates of a package: whatever they are given is escaped, and what is missing is an error."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def style() -> dict[str, Markup]:
    """Return what the style sheet of a page wants: our own palette, for light and dark."""
    return {
        "light": Markup(palette.style_variables(dark=False)),  # noqa: S704
        "dark": Markup(palette.style_variables(dark=True)),  # noqa: S704
        "dark_charts": Markup(palette.dark_chart_rules()),  # noqa: S704
    }


def drawing(figure: Figure) -> Markup:
    """Return both sheets of a figure; the style sheet shows the one that fits."""
    # The drawing engine has escaped the texts in it, and charts.svg its label.
    return Markup(f'<div class="wide">{figure.wide}</div><div class="narrow">{figure.narrow}</div>')  # noqa: S704


def _tiles(judgement: Judgement) -> tuple[Tile, ...]:
    silences, waits, health = judgement.silences, judgement.silences.time_to_alert_s, judgement.health
    missed = facts.not_alerted_in_time(judgement)
    excused = f"{silences.excused:,} excused" if silences.excused else "none excused"
    half = "nobody was alerted" if waits.p50 is None else f"half were alerted within {duration(waits.p50)} (p50)"
    if waits.p50 == 0:
        half = "half were alerted at once"
    sound = sum(facts.fault_is_sound(fault) for fault in judgement.faults)
    all_sound = sound == len(judgement.faults)
    lag_ms, allowed_ms = health.fleet_lag_ms_p99, health.fleet_lag_allowance_ms
    slow = lag_ms is None or (allowed_ms is not None and lag_ms > allowed_ms)
    allowed = "of the harness itself" if allowed_ms is None else f"{milliseconds(allowed_ms)} allowed"
    return (
        Tile("Silences", f"{silences.count:,}", f"times a phone went blind; {excused}"),
        Tile(
            "Alerted in time",
            f"{silences.alerted_in_time:,}",
            "by an alert path that the rule accepts",
            "pass" if silences.alerted_in_time else "",
        ),
        Tile("Not alerted in time", f"{missed:,}", "alerted late, or never", "fail" if missed else ""),
        Tile("Time to alert, max", "–" if waits.max is None else duration(waits.max), half),
        Tile(
            "Faults proved",
            f"{sound} of {len(judgement.faults)}",
            "seen to bite, healed, and seen to be gone",
            "" if all_sound else "unknown",
        ),
        Tile("Fleet lag p99", milliseconds(lag_ms), allowed, "unknown" if slow else ""),
    )


def _cohort_colours(story: Story) -> tuple[tuple[str, str], ...]:
    """Return the legend of the blind phones: cohort and CSS variable."""
    if 0 < len(story.cohorts) <= len(palette.COHORT_COLOURS):
        return tuple(zip(story.cohorts, palette.COHORT_COLOURS, strict=False))
    return (("all phones", palette.COHORT_COLOURS[0]),)


def _lane_title(lane: Lane) -> dict[str, Any]:
    """Return a lane's heading: who, how long, and what became of it, in words."""
    silence = lane.silence
    return {
        "who": f"Phone {silence.phone}, following patient {silence.patient}, {silence.cohort}",
        "blind": f"blind for {duration(silence.until_s - silence.onset_s)} from {moment(silence.onset_s)}",
        "said": _said(silence),
        "tone": {SilenceOutcome.NEVER: "fail", SilenceOutcome.LATE: "unknown"}.get(silence.outcome, "pass"),
    }


def _said(silence: SilenceStory) -> str:
    doubt = " (in doubt, not judged)" if silence.suspected else ""
    if silence.alert is None or silence.outcome is SilenceOutcome.NEVER:
        return f"NEVER ALERTED{doubt}"
    late = "ALERTED LATE" if silence.outcome is SilenceOutcome.LATE else "alerted in time"
    return f"{late}, after {duration(silence.time_to_alert_s)}, by the {path_name(silence.alert.path)}{doubt}"
