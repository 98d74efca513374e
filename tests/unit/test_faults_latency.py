"""A slow link is proved by what was seen to pass: fast before, with its figure while it lasted, fast after."""

from __future__ import annotations

import pytest

from deadair.faults.fault import Setting, Sighting, When
from deadair.faults.latency import Latency
from deadair.model.place import Place
from tests.unit.looks import seen

SETTING = Setting(("south", "rest"), frozenset({"uplink"}), 1.0, 60.0)
LATENCY = Latency.model_validate({"delay": "6s", "jitter": "2s"})


def looks(*passed: tuple[When, int, float], subject: str = "uplink[south]") -> list[Sighting]:
    """Look after each step: so many passes more, each of so many seconds."""
    found, passes, took_s = [], 0, 0.0
    for when, more, each_s in passed:
        passes, took_s = passes + more, took_s + more * each_s
        found.append(seen(when, subject=subject, passes=passes, took_s=took_s, slack_s=0.5))
    return found


GOOD: tuple[tuple[When, int, float], ...] = (
    ("before", 0, 0.0),
    ("before", 9, 0.1),
    ("during", 0, 0.0),
    ("during", 5, 5.5),
    ("during", 4, 6.4),
    ("after", 3, 0.1),
)


def test_an_outer_link_without_cohort_is_slow_cohort_by_cohort() -> None:
    breaks = LATENCY.breaks(Place("uplink"), SETTING)
    assert [(each.injector, each.action, each.subject) for each in breaks] == [
        ("delays", "delay", "uplink[south]"),
        ("delays", "delay", "uplink[rest]"),
    ]
    assert [dict(each.knobs) for each in LATENCY.breaks(Place("a→b"), SETTING)] == [{"delay_s": 6.0, "jitter_s": 2.0}]


def test_slow_while_it_lasted_and_fast_before_and_after_is_proved_and_gone_with_its_figures() -> None:
    proof = LATENCY.prove(looks(*GOOD))
    assert (proof.proved, proof.gone) == (True, True)
    assert proof.why == (
        "uplink[south]: what passed took 5.90 s on average (9 times), and 0.10 s before; 0.10 s after it"
    )


@pytest.mark.parametrize(
    ("at", "step", "why"),
    [
        (1, ("before", 9, 5.0), "it was slow already"),
        (4, ("during", 4, 0.1), "but some of it only 0.10 s"),
        (4, ("during", 40, 12.0), "6 s were asked for"),
        (4, ("during", 40, 3.0), "6 s were asked for"),
    ],
)
def test_what_shows_no_such_delay_is_not_proved(at: int, step: tuple[When, int, float], why: str) -> None:
    proof = LATENCY.prove(looks(*GOOD[:at], step, *GOOD[at + 1 :]))
    assert (proof.proved, proof.gone) == (False, True)
    assert why in proof.why


def test_a_link_nobody_used_before_is_proved_by_its_delay() -> None:
    proof = LATENCY.prove(looks(*GOOD[:1], *GOOD[2:]))
    assert (proof.proved, proof.gone) == (True, True)
    assert "and nothing passed before" in proof.why


def test_a_link_nobody_looked_at_before_is_not_proved() -> None:
    assert not LATENCY.prove(looks(*GOOD[2:])).proved


def test_a_link_nobody_used_while_it_lasted_is_not_proved() -> None:
    proof = LATENCY.prove(looks(*GOOD[:3], ("during", 0, 0.0), ("after", 3, 0.1)))
    assert (proof.proved, proof.gone) == (False, True)
    assert "nothing was seen to pass while it lasted" in proof.why


@pytest.mark.parametrize("step", [("after", 0, 0.0), ("after", 3, 5.5)])
def test_what_stays_slow_or_passes_nothing_is_not_gone(step: tuple[When, int, float]) -> None:
    proof = LATENCY.prove(looks(*GOOD[:5], step))
    assert (proof.proved, proof.gone) == (True, False)


def test_what_passes_last_decides_whether_it_is_gone() -> None:
    assert LATENCY.prove(looks(*GOOD[:5], ("after", 3, 5.5), ("after", 1, 0.1))).gone


def test_one_fast_proxy_of_two_is_not_proved() -> None:
    fast = looks(*GOOD[:3], ("during", 5, 0.1), ("after", 3, 0.1), subject="uplink[rest]")
    assert not LATENCY.prove([*looks(*GOOD), *fast]).proved


def test_no_look_proves_nothing() -> None:
    proof = LATENCY.prove([])
    assert (proof.proved, proof.gone, proof.why) == (False, False, "nobody looked at the link")
