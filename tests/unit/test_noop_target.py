"""The smallest target: it keeps what it is given and alerts nobody, so a night on it fails or is unknown."""

from __future__ import annotations

import pytest

from deadair.engines.run_plan import RunPlan
from deadair.model.judgement import Judgement
from deadair.model.reading import Reading
from deadair.model.roster import Phone
from deadair.runner import try_out
from deadair.scenario.load import loads
from deadair.targets.adapters.client import device_client
from deadair.targets.app import Answered, PollDue, Pushed, Send, ShowScreen, TimerFired, Unanswered
from deadair.targets.catalogue import TARGETS
from deadair.targets.noop import NoopApp, NoopUploader
from deadair.targets.request import Answer

NIGHT = """
name: noop-night
why: The smallest night there is.
target: {name: noop}
seed: 7
speed: 60
fleet: {devices: 5, followers_per_device: 2, reading_every: 2m, poll_every: 2m, no_data_after: 10m,
        cohorts: {south: 40%}}
phases: {warm_up: 4m, storm: 20m, recovery: 8m}
promises: {silences: 0}
"""
PARTITION = 'timeline: [{at: 0m, lasts: 20m, where: "downlink[south]", fault: {kind: partition}}]'
NOTHING = "timeline: [{at: 0m, lasts: 20m, where: noop, fault: {kind: noop}}]"
GARBAGE = [Answer(200, b""), Answer(200, b"{}"), Answer(200, b'{"account": "a", "readings": [1]}'), Answer(500, b"x")]


def judged(*parts: str) -> Judgement:
    scenario = loads("\n".join((NIGHT, *parts)), "noop-night.yaml")
    return try_out(RunPlan.drawn(scenario, TARGETS["noop"]))


def test_nobody_is_alerted_and_what_was_handed_in_is_kept() -> None:
    found = judged(PARTITION, "checks: [{kind: no_data_deadline, within: 5m}, {kind: nothing_lost}]")
    assert {finding.rule: (finding.verdict, finding.violations) for finding in found.findings} == {
        "no_data_deadline": ("fail", 4),
        "nothing_lost": ("pass", 0),
    }
    assert {example.what for finding in found.findings for example in finding.examples} == {"never alerted by any path"}
    assert all(fault.proved and fault.heal_proved for fault in found.faults)


def test_a_night_of_nothing_but_noops_is_unknown() -> None:
    found = judged(NOTHING, "checks: [{kind: noop}]")
    assert found.verdict == "unknown"
    assert "noop had nothing to judge" in [doubt.what for doubt in found.doubts]


def test_a_rule_that_judges_nothing_makes_no_other_rule_less_red_or_more_green() -> None:
    assert judged(PARTITION, "checks: [{kind: nothing_lost}, {kind: noop}]").verdict == "unknown"
    assert judged(PARTITION, "checks: [{kind: no_data_deadline}, {kind: noop}]").verdict == "fail"


@pytest.mark.parametrize("answer", GARBAGE)
def test_an_answer_that_is_none_of_its_nodes_changes_nothing(answer: Answer) -> None:
    assert NoopApp().step("device-1", Answered("poll", answer), 0.0) == ("device-1", ())
    assert NoopUploader().session(device_client("a", "p"), answer) is None


def test_the_app_polls_shows_the_newest_and_is_deaf_to_everything_else() -> None:
    app = NoopApp()
    state, effects = app.begin(Phone(1, 2, "rest", "phone-1", 0.5, 600), password="p", token="t", now_s=0.0)
    assert effects == ()
    assert [type(one) for one in app.step(state, PollDue(), 0.0)[1]] == [Send]
    answer = Answer(200, b'{"account": "device-2", "readings": [[9, 100], [8, 90]]}')
    assert app.step(state, Answered("poll", answer), 0.0)[1] == (ShowScreen("current", Reading(9, 100)),)
    assert [app.step(state, event, 0.0)[1] for event in (Pushed({}), TimerFired(), Unanswered("poll"))] == [(), (), ()]
