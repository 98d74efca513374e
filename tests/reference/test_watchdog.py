"""The watchdog's decision, and that nothing known from real outages can mute it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.reference.alarms import Alarms, Watched
from harness.reference.settings import Settings
from harness.reference.watchdog import Watchdog, decide
from tests.reference.asgi import ask
from tests.reference.fake_env import FakeEnv

T_S = 1200.0
SETTINGS = Settings()


def watched(**changes: float) -> Watched:
    known = Watched(1, 2, "token", T_S, since_s=0.0, confirmed_s=10_000.0, alarmed_s=0.0)
    return replace(known, **changes)  # type: ignore[arg-type]


def evidence(**changes: Any) -> dict[str, Any]:
    known = {"follow": 1, "patient": 2, "token": "token", "no_data_after_s": T_S, "since_s": 0.0, "confirmed_s": 0.0}
    return {**known, **changes}


def tell(dog: Watchdog, *entries: dict[str, Any]) -> None:
    assert ask(dog.apps["watchdog"], "POST", "/evidence", json.dumps(entries).encode()).status_code == 200


def test_before_the_onset_nothing_is_sent() -> None:
    _, push, look_s = decide(watched(), SETTINGS, 11_199.9)
    assert push is None
    assert look_s == 11_200.0


def test_at_the_onset_an_alarm_is_sent_that_says_what_is_known() -> None:
    after, push, look_s = decide(watched(), SETTINGS, 11_200.0)
    assert push is not None
    assert (push.onset_s, push.measured_s) == (11_200.0, 10_000.0)
    assert after.alarmed_s == 11_200.0
    assert look_s == 11_200.0 + SETTINGS.realarm_every_s


def test_it_alarms_again_every_r_and_not_before() -> None:
    alarmed, _, again_s = decide(watched(), SETTINGS, 11_200.0)
    assert decide(alarmed, SETTINGS, again_s - 1)[1] is None
    assert decide(alarmed, SETTINGS, again_s)[1] is not None


def test_an_alarm_of_an_earlier_silence_does_not_mute_the_next() -> None:
    alarmed = watched(confirmed_s=12_000.0, alarmed_s=11_200.0)
    assert decide(alarmed, SETTINGS, 13_200.0)[1] is not None


@pytest.mark.parametrize("gap_h", [6.1, 48.5, 24 * 14])
def test_no_gap_is_too_long(gap_h: float) -> None:
    # xDrip mutes after 6 h, Nightscout after 48 h.
    assert decide(watched(), SETTINGS, 10_000.0 + gap_h * 3600)[1] is not None


def test_a_patient_never_heard_of_is_silent_from_the_registration_on() -> None:
    never = watched(since_s=50_000.0, confirmed_s=0.0)
    assert decide(never, SETTINGS, 50_000.0 + T_S - 1)[1] is None
    assert decide(never, SETTINGS, 50_000.0 + T_S)[1] is not None


def test_a_reading_that_was_old_when_the_phone_registered_counts_by_its_own_age() -> None:
    _, push, _ = decide(watched(since_s=10_500.0, confirmed_s=10_000.0), SETTINGS, 10_000.0 + T_S)
    assert push is not None


def test_a_pause_of_its_own_is_no_reason_to_keep_quiet() -> None:
    # Nightscout 0.12.8 takes a late check for hibernation and says nothing.
    _, push, _ = decide(watched(), SETTINGS, 11_200.0 + 7200)
    assert push is not None


@given(
    confirmed_s=st.floats(0, 1e6),
    since_s=st.floats(0, 1e6),
    alarmed_s=st.floats(0, 2e6),
    now_s=st.floats(0, 3e6),
)
def test_whoever_is_blind_was_alarmed_within_r(
    confirmed_s: float, since_s: float, alarmed_s: float, now_s: float
) -> None:
    before = watched(confirmed_s=confirmed_s, since_s=since_s, alarmed_s=min(alarmed_s, now_s))
    after, push, look_s = decide(before, SETTINGS, now_s)
    if now_s >= before.onset_s:
        assert after.alarmed_s >= before.onset_s
        assert now_s - after.alarmed_s < SETTINGS.realarm_every_s
    else:
        assert push is None
    assert look_s > now_s


def test_evidence_disarms_and_takes_back_the_push(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    env.now_s = 20_000.0
    tell(dog, evidence(confirmed_s=18_000))
    dog._decide_due()
    assert len(Alarms(env).undelivered(10)) == 1
    tell(dog, evidence(confirmed_s=19_900))
    assert Alarms(env).undelivered(10) == []
    env.now_s = 19_900.0 + T_S
    dog._decide_due()
    assert [push.measured_s for push in Alarms(env).undelivered(10)] == [19_900.0]


def test_older_evidence_never_rearms_backwards_nor_disarms(env: FakeEnv) -> None:
    dog = Watchdog(env, SETTINGS)
    env.now_s = 20_000.0
    tell(dog, evidence(confirmed_s=19_000))
    tell(dog, evidence(confirmed_s=18_000))
    assert [known.confirmed_s for known in Alarms(env).watched()] == [19_000.0]


def test_timers_and_alarms_survive_a_restart(env: FakeEnv) -> None:
    tell(Watchdog(env, SETTINGS), evidence(confirmed_s=env.now_s))
    env.now_s += T_S
    again = Watchdog(env, SETTINGS)
    again._decide_due()
    assert len(Alarms(env).undelivered(10)) == 1
    third = Watchdog(env, SETTINGS)
    third._decide_due()
    assert decide(third.remembered()[0], SETTINGS, env.now_s)[1] is None


@pytest.mark.parametrize("body", [b"", b"{}", b"[1]", b"[{}]", b'[{"follow": "x"}]', b"\xff", b"[" * 10_000])
def test_malformed_evidence_is_refused_and_changes_nothing(env: FakeEnv, body: bytes) -> None:
    dog = Watchdog(env, SETTINGS)
    assert ask(dog.apps["watchdog"], "POST", "/evidence", body).status_code in (200, 400)
    assert Alarms(env).watched() == []
