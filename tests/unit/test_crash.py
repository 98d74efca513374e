"""The nights of the crash test are drawn as they say, and alarms are counted as they are defined."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest

from deadair.faults.kill import Kill
from deadair.history.rows import Kind
from deadair.model.verdict import Verdict
from deadair.scenario.dump import dump
from deadair.scenario.load import loads
from tests.histories.ops import history, op
from tools.crash import Outcome, summary
from tools.crash_alarms import Alarms, Death, Push, Repeat, _silence, pushes
from tools.crash_night import APART_S, NODES, aimed, night

MINUTE_US = 60_000_000
T_US, R_US, WRITTEN_US = 10 * MINUTE_US, 15 * MINUTE_US, 25_000_000


@pytest.mark.parametrize("seed", range(20))
def test_a_night_makes_sense_and_can_be_written_down(seed: int) -> None:
    scenario = night(seed, kills=20)
    assert loads(dump(scenario), "crash.yaml") == scenario == night(seed, kills=20)
    kills = [entry for entry in scenario.timeline if isinstance(entry.fault, Kill)]
    assert len(kills) == 20
    for node in NODES:
        own = [entry for entry in kills if str(entry.where) == node]
        gaps_s = [(b.at - a.at - a.lasts).total_seconds() for a, b in pairwise(own)]
        assert all(gap_s >= APART_S - 0.001 for gap_s in gaps_s)


def test_nights_differ_and_kill_every_node() -> None:
    nights = [night(seed, kills=20) for seed in range(10)]
    assert len({one.timeline for one in nights}) == 10
    kills = Counter(str(e.where) for one in nights for e in one.timeline if isinstance(e.fault, Kill))
    assert set(kills) == set(NODES)
    assert max(kills.values()) < 2 * min(kills.values())


def test_more_kills_than_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        night(1, kills=100)


def test_an_aimed_night_has_the_same_faults_and_one_kill_beside_a_push() -> None:
    scenario = next(one for one in (night(seed, kills=20) for seed in range(9)) if "notifier" in dump(one))
    pushed_s = [float(at_s) for at_s in range(0, 2700, 50)]
    found = aimed(scenario, pushed_s)
    (moved,) = set(found.timeline) - set(scenario.timeline)
    assert min(abs(moved.at.total_seconds() - at_s) for at_s in pushed_s) < 0.05
    assert len(found.timeline) == len(scenario.timeline)
    assert loads(dump(found), "crash.yaml") == found
    assert aimed(scenario, []) == scenario


# --- alarms -----------------------------------------------------------------------------------------------------------


def pushed(*at_min: float, fates: str = "") -> list[Push]:
    """Return pushes of the silence that begins at minute 10. ``fates``: p for presented, o for overtaken."""
    words = {"p": "presented", "o": "overtaken"}
    fate = [words[letter] for letter in fates] or ["presented"] * len(at_min)
    return [Push(round(at * MINUTE_US), 1, "no_data", 0, one) for at, one in zip(at_min, fate, strict=True)]


def told(taken: list[Push], *died_min: float) -> Alarms:
    killed = [Death(round(at * MINUTE_US), round(at * MINUTE_US)) for at in died_min]
    return _silence(taken, T_US, R_US, killed, WRITTEN_US)


def test_an_alarm_each_r_is_no_repeat_however_late_the_one_before_was() -> None:
    assert told(pushed(10.0, 25.0, 40.0)) == Alarms(3)
    assert told(pushed(14.0, 25.0)) == Alarms(2)


def test_one_that_comes_too_early_for_the_next_is_a_repeat() -> None:
    found = told(pushed(10.0, 12.0))
    assert (found.count, len(found.doubled), len(found.rang_twice)) == (1, 1, 1)
    assert str(found.doubled[0]) == "phone 1, accepted at 720.0 s, again after 120.0 s, rang twice"


def test_of_a_phone_that_confirmed_nothing_the_first_alarm_is_the_onset() -> None:
    first, second = (Push(at * MINUTE_US, 1, "no_data", None) for at in (3, 5))
    assert told([first, second]).doubled[0].push == second


def test_a_notifier_that_died_before_it_wrote_may_repeat_once_for_each_death() -> None:
    assert not told(pushed(10.0, 11.0), 10.01).doubled
    assert len(told(pushed(10.0, 11.0, 11.1), 10.01).doubled) == 1
    assert not told(pushed(10.0, 11.0, 12.0), 10.01, 11.01).doubled


def test_what_was_on_its_way_when_the_notifier_died_may_come_again() -> None:
    assert not told(pushed(10.01, 11.0), 10.0).doubled


@pytest.mark.parametrize("died_min", [9.0, 10.5, 11.5])
def test_a_death_at_another_time_excuses_nothing(died_min: float) -> None:
    assert len(told(pushed(10.0, 11.0), died_min).doubled) == 1


def test_an_allowed_repeat_must_not_ring() -> None:
    assert not told(pushed(10.0, 11.0, fates="po"), 10.01).rang_twice
    assert told(pushed(10.0, 11.0, fates="pp"), 10.01).rang_twice
    assert not told(pushed(10.0, 11.0, fates="op"), 10.01).rang_twice, "it had not rung before"


def test_one_that_was_held_was_presented_once_the_phone_rings() -> None:
    def row(kind: Kind, at_s: int, **columns: object) -> dict[str, object]:
        return op("somebody", kind, at_s, phone=1, path="service_push", **columns)

    ops = [row(Kind.ACCEPTED, at_s, outcome="ok", detail="no_data", measured_us=0) for at_s in (1, 10, 20)]
    ops += [row(Kind.PUSH, 2, detail="held"), row(Kind.ALARM, 5), row(Kind.PUSH, 11, detail="overtaken")]
    ops += [row(Kind.PUSH, 21, detail="held")]
    assert [push.fate for push in pushes(history(ops))] == ["presented", "overtaken", "held"]


def test_a_summary_tells_what_counts() -> None:
    twice = Repeat(pushed(11.0)[0], 0, allowed=True, rang_twice=False)
    good = Outcome(1, Verdict.PASS, "", Counter(gateway=3, notifier=2), slowest_s=20.0, alarms=Alarms(7, (twice,)))
    vague = Outcome(2, Verdict.UNKNOWN, "", Counter(gateway=5), unproved=1, violations=Counter(shows_age=0))
    assert summary([good, vague], 9.0).splitlines() == [
        "2 nights in 9 s: 1 pass, 1 unknown",
        "5 proved kills: 3 gateway, 2 notifier; not proved: 1",
        "violations: none; judged: 0 acknowledged readings and 0 silences; longest time to alert 20.0 s",
        "7 alarms: 0 doubled; 1 delivered twice by a notifier that was killed; 0 rang twice",
    ]
