"""How many phones were blind at each moment, cohort upon cohort, with the faults behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from deadair.model.judgement import FaultReport
from deadair.reporting.palette import COHORT_COLOURS, light
from deadair.reporting.plots.canvas import X2, Y2, Sheet, Time, Values, data, finished
from deadair.reporting.run_story import Story

HEIGHT = 210
STEPS_MAX = 500
TOTAL = "all phones"

BlindStep = tuple[float, dict[str, int]]


def blind_steps(story: Story) -> tuple[BlindStep, ...]:
    """Return, for each moment at which it changes, how many phones of each cohort were blind from then on.

    More changes than a chart can show are thinned out; the highest moment of each stretch stays.
    """
    names = blind_cohorts(story)
    changes: list[tuple[float, str, int]] = []
    for silence in story.silences:
        name = silence.cohort if silence.cohort in names else TOTAL
        changes += [(silence.onset_s, name, 1), (silence.until_s, name, -1)]
    now = dict.fromkeys(names, 0)
    steps: list[BlindStep] = [(story.from_s, dict(now))]
    for at_s, name, change in sorted(changes):
        now[name] += change
        if steps[-1][0] == at_s:
            steps[-1] = (at_s, dict(now))
        else:
            steps.append((at_s, dict(now)))
    return _thinned(steps, story)


def blind_cohorts(story: Story) -> tuple[str, ...]:
    """Return the cohorts drawn apart: all if they are few, else one for everybody."""
    return story.cohorts if 0 < len(story.cohorts) <= len(COHORT_COLOURS) else (TOTAL,)


def blind(story: Story, faults: Sequence[FaultReport], sheet: Sheet) -> dict[str, Any]:
    """Draw the blind phones over time."""
    time = Time(story.from_s, story.until_s)
    steps = blind_steps(story)
    top = max((sum(step[1].values()) for step in steps), default=0)
    y_axis = alt.Axis(title=None, tickCount=5, format=",d", tickMinStep=1, grid=True)
    y = alt.Y("y:Q", axis=y_axis, scale=alt.Scale(domain=[0, max(top, 4) * 1.05], nice=False))
    x = time.x("x", sheet)
    bands = [
        {"x": fault.begun_at_s, "x2": story.until_s if fault.healed_at_s is None else fault.healed_at_s}
        for fault in faults
        if fault.begun_at_s is not None
    ]
    behind = alt.Chart(data(bands)).mark_rect(color=light("band"), opacity=0.13, clip=True).encode(x=x, x2=X2)
    fronts = [
        # One area each, not one for all: the order of the colours is the order of the cohorts.
        alt.Chart(data(values))
        .mark_area(interpolate="step-after", color=light(colour), clip=True)
        .encode(x=x, y=y, y2=Y2)
        for colour, values in _areas(steps, story)
    ]
    edges = [{"x": phase.from_s} for phase in story.phases if phase.name in {"storm", "recovery"}]
    rules = alt.Chart(data(edges)).mark_rule(color=light("quiet"), strokeDash=[2, 3]).encode(x=x)
    return finished([behind, *fronts, rules], sheet, HEIGHT)


def _areas(steps: Sequence[BlindStep], story: Story) -> list[tuple[str, Values]]:
    """Return the colour and the outline of each cohort's area, one standing on the other."""
    steps = (*steps, (story.until_s, steps[-1][1]))
    floors = [0] * len(steps)
    areas: list[tuple[str, Values]] = []
    for colour, name in zip(COHORT_COLOURS, blind_cohorts(story), strict=False):
        values: Values = []
        for number, (at_s, counts) in enumerate(steps):
            values.append({"x": at_s, "y2": floors[number], "y": floors[number] + counts[name]})
            floors[number] += counts[name]
        areas.append((colour, values))
    return areas


def _thinned(steps: list[BlindStep], story: Story) -> tuple[BlindStep, ...]:
    if len(steps) <= STEPS_MAX:
        return tuple(steps)
    width = (story.until_s - story.from_s) / STEPS_MAX or 1.0
    highest: dict[int, BlindStep] = {}
    for step in steps:
        bucket = int((step[0] - story.from_s) / width)
        if bucket not in highest or sum(step[1].values()) > sum(highest[bucket][1].values()):
            highest[bucket] = step
    # The last step of all stays, so that a drawing never ends higher than the run did.
    return (*(highest[bucket] for bucket in sorted(highest)[:-1]), steps[-1])
