"""What the charts draw, read from their specifications, with the schema's own checks on."""

from __future__ import annotations

from typing import Any

import altair
import pytest

from deadair.model.judgement import FaultReport
from deadair.reporting.palette import COLOURS, light
from deadair.reporting.plots.blind import STEPS_MAX, TOTAL, blind, blind_steps
from deadair.reporting.plots.canvas import NARROW, WIDE, Sheet, Time
from deadair.reporting.plots.every_silence import LINES_MAX, every_silence, lines_shown, segments
from deadair.reporting.plots.lane import lane
from deadair.reporting.plots.time_to_alert import time_to_alert, times_to_alert
from deadair.reporting.plots.timeline import timeline
from deadair.reporting.run_story import AlertStory, Lane, Phase, PushCame, Ringing, SilenceOutcome, SilenceStory, Story

PHASES = (Phase("warm_up", -720, 0), Phase("storm", 0, 3000), Phase("recovery", 3000, 4500))
FAULT = FaultReport(
    id="f1",
    kind="partition",
    where="uplink[south]",
    begun_at_s=0,
    healed_at_s=3000,
    begun=True,
    proved=True,
    healed=True,
    heal_proved=True,
)


def silence(
    phone: int, onset_s: float, alerted_s: float | None, *, cohort: str = "south", ends_s: float = 3100
) -> SilenceStory:
    limit_s = onset_s + 300
    outcome = (
        SilenceOutcome.NEVER
        if alerted_s is None
        else SilenceOutcome.ALERTED
        if alerted_s <= limit_s
        else SilenceOutcome.LATE
    )
    told = None if alerted_s is None else AlertStory(alerted_s, "service_push")
    return SilenceStory(phone, phone, cohort, onset_s, ends_s, limit_s, outcome, told)


def story(*silences: SilenceStory, cohorts: tuple[str, ...] = ("south", "west")) -> Story:
    return Story(-720, 4500, limit_s=300, phones=4, phases=PHASES, cohorts=cohorts, silences=silences)


def drawn(spec: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every value that a specification draws."""
    altair.LayerChart.from_dict(spec)
    named: dict[str, Any] = spec.get("datasets", {})
    return [
        value
        for layer in spec["layer"]
        for value in (layer.get("data", {}).get("values") or named.get(layer.get("data", {}).get("name", ""), []))
    ]


@pytest.mark.parametrize("sheet", [WIDE, NARROW])
def test_a_fault_that_is_not_proved_says_so_in_words_and_colour(sheet: Sheet) -> None:
    limp = FAULT.model_copy(update={"id": "f2", "proved": False, "healed": False, "healed_at_s": None})
    never = FAULT.model_copy(update={"id": "f3", "begun": False, "begun_at_s": None, "healed_at_s": None})
    values = drawn(timeline(story(), (FAULT, limp, never), sheet))
    words = {value["text"]: value["colour"] for value in values if "text" in value}
    assert words["f1 partition uplink[south]: proved, healed"] == light("ink")
    assert words["f2 partition uplink[south]: NOT PROVED, NOT HEALED"] == light("unproved")
    assert words["f3 partition uplink[south]: never begun"] == light("unproved")
    bands = [value for value in values if value.get("x2") == 4500 and value["colour"] == light("unproved")]
    assert len(bands) == 1


def test_blind_phones_are_counted_by_cohort() -> None:
    told = story(silence(1, 900, 1000), silence(2, 1200, None, cohort="west", ends_s=2000))
    assert blind_steps(told) == (
        (-720, {"south": 0, "west": 0}),
        (900, {"south": 1, "west": 0}),
        (1200, {"south": 1, "west": 1}),
        (2000, {"south": 1, "west": 0}),
        (3100, {"south": 0, "west": 0}),
    )
    assert any(value.get("y") == 2 and value.get("y2") == 1 for value in drawn(blind(told, (FAULT,), WIDE)))


def test_many_cohorts_are_drawn_as_one_and_many_steps_keep_their_peak() -> None:
    many = story(*(silence(n, 100 + n, None, ends_s=3000 + n / 2) for n in range(2000)), cohorts=tuple("abcdefgh"))
    steps = blind_steps(many)
    assert len(steps) <= STEPS_MAX + 2
    assert max(step[1][TOTAL] for step in steps) == 2000
    assert steps[-1][1][TOTAL] == 0


def test_a_silence_is_cut_where_its_limit_passes_and_where_it_is_alerted() -> None:
    assert segments(silence(1, 900, 1000)) == (("waiting", 900, 1000), ("alerted", 1000, 3100))
    assert segments(silence(1, 900, None)) == (("waiting", 900, 1200), ("overdue", 1200, 3100))
    assert segments(silence(1, 900, 1500)) == (("waiting", 900, 1200), ("overdue", 1200, 1500), ("alerted", 1500, 3100))
    assert segments(silence(1, 900, 800)) == (("alerted", 900, 3100),)
    assert segments(silence(1, 900, 4000, ends_s=3000)) == (("waiting", 900, 1200), ("overdue", 1200, 3000))


def test_those_never_alerted_stand_together_and_too_many_lines_are_thinned() -> None:
    some = story(silence(1, 900, None), silence(2, 901, 950), silence(3, 902, None), silence(4, 903, 960))
    assert [each.phone for each in lines_shown(some)] == [2, 4, 1, 3]
    assert len(drawn(every_silence(some, NARROW))) == 8 + 1
    assert len(lines_shown(story(*(silence(n, 900, None) for n in range(5000))))) <= LINES_MAX


@pytest.mark.parametrize("silences", [1, 2, 80, 700])
def test_each_line_has_whole_pixels_of_its_own_above_the_axis(silences: int) -> None:
    spec = every_silence(story(*(silence(n, 900, None) for n in range(silences))), WIDE)
    drawing = spec["height"] - spec["padding"]["top"] - spec["padding"]["bottom"]
    assert drawing // silences >= 1
    assert drawing % silences == 0


def test_latencies_fall_on_the_right_side_of_the_limit() -> None:
    counted = times_to_alert(
        story(silence(1, 0, 0), silence(2, 0, 300), silence(3, 0, 301), silence(4, 0, 601), silence(5, 0, None))
    )
    assert counted.bins == {(0, "service_push"): 1, (19, "service_push"): 1, (20, "service_push"): 1}
    assert (counted.later, counted.never) == (1, 1)


def test_those_never_alerted_are_marked_never_at_the_far_right_edge() -> None:
    spec = time_to_alert(story(silence(1, 0, 100), *(silence(n, 0, None) for n in range(2, 9))), WIDE)
    values = drawn(spec)
    (word,) = (value for value in values if value.get("text") == "7 NEVER")
    assert word["x"] == max(value["x"] for value in values)
    (bar,) = (value for value in values if value.get("y2") == 7)
    assert bar["colour"] == light("overdue")


@pytest.mark.parametrize("sheet", [WIDE, NARROW])
@pytest.mark.parametrize("onset_s", [-700.0, 1000.0, 3900.0])
def test_a_lane_says_that_nobody_was_alerted_and_that_nothing_came(sheet: Sheet, onset_s: float) -> None:
    untold = silence(7, onset_s, None, ends_s=onset_s + 500)
    told = Lane(untold, onset_s - 1800, onset_s + 800, (onset_s,), (), (), ())
    words = {value["text"] for value in drawn(lane(told, (), sheet)) if "text" in value}
    assert {"none came", "none rang"} <= words
    assert any("NEVER ALERTED" in word for word in words)


def test_an_alert_path_has_the_colour_of_its_place_among_the_targets() -> None:
    rang = [Ringing(1000, 1100, path, "alarm") for path in ("letter", "bell", "pigeon")]
    told = Lane(silence(7, 900, None), 0, 2000, (), (), (PushCame(1000, "bell", "presented"),), tuple(rang))
    values = drawn(lane(told, ("letter", "bell"), WIDE))
    assert [value["colour"] for value in values if value.get("x2") == 1100] == [
        light("path1"), light("path2"), light("fault"),
    ]  # fmt: skip
    (push,) = (value for value in values if "filled" in value)
    assert push["colour"] == light("path2")


def test_an_empty_story_can_be_drawn() -> None:
    for sheet in (WIDE, NARROW):
        assert timeline(story(), (), sheet)["layer"]
        assert time_to_alert(story(), sheet)["layer"]
        assert blind(story(), (), sheet)["layer"]


@pytest.mark.parametrize(("span_s", "unit"), [(90, "s"), (5000, "min"), (66 * 3600, "h")])
def test_the_axis_of_time_has_room_for_its_words(span_s: float, unit: str) -> None:
    time = Time(0, span_s)
    assert time.unit[0] == unit
    for sheet in (WIDE, NARROW):
        assert 2 <= len(time.ticks(sheet)) <= sheet.inner // 60


def test_every_colour_can_be_told_apart_by_the_style_sheet() -> None:
    bright = [pair[0] for pair in COLOURS.values()]
    assert len(bright) == len(set(bright))
