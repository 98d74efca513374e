"""How reports say things."""

from __future__ import annotations

import pytest

from deadair.model.judgement import Doubt, FaultReport, Finding, Judgement, Silences, Subject
from deadair.model.verdict import Verdict
from deadair.reporting import sentences as facts
from deadair.reporting.formatting import clean, clock_time, duration, milliseconds, moment, one_line


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"), (0.04, "0 s"), (4.2, "4.2 s"), (59.6, "1 min"), (60, "1 min"), (252, "4 min 12 s"), (3600, "1 h"),
        (3900, "1 h 5 min"), (-180, "−3 min"), (None, "never"), (float("inf"), "never"), (float("nan"), "never"),
    ],
)  # fmt: skip
def test_durations(seconds: float | None, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "00:00:00"), (7985.9, "02:13:05"), (237_600, "66:00:00"), (-180, "−00:03:00"), (-0.5, "−00:00:01"),
        (None, "–"), (float("inf"), "–"),
    ],
)  # fmt: skip
def test_moments_by_the_clock(seconds: float | None, said: str) -> None:
    assert clock_time(seconds) == said


def test_moments_and_milliseconds() -> None:
    assert moment(None) == "–"
    assert moment(1350) == "22 min 30 s"
    assert milliseconds(None) == "not measured"
    assert milliseconds(3.21) == "3.2 ms"
    assert milliseconds(12345.6) == "12,346 ms"


def test_text_from_outside_is_made_printable() -> None:
    assert clean("a\x00b\x1b[31m\x9b\ud800\ufffec") == "ab[31mc"
    assert clean("safe\u202etxt.exe") == "safetxt.exe"
    assert clean("x" * 50, 10) == "x" * 9 + "…"
    assert one_line("  a\r\n b\tc ") == "a b c"
    assert clean("notifier→push 🙂 ä") == "notifier→push 🙂 ä"


def judgement(**changes: object) -> Judgement:
    whole: dict[str, object] = {
        "scenario": "s", "target": "t", "engine": "live", "seed": 1, "speed": 60, "verdict": Verdict.FAIL, "why": "w",
        "subject": Subject(version="1", command="c", configuration_sha256="0"), "history_sha256": "0", "replay": "r",
    }  # fmt: skip
    return Judgement.model_validate({**whole, **changes})


def test_silences_in_doubt_are_not_called_late_or_never_alerted() -> None:
    finding = Finding(rule="no_data_deadline", verdict=Verdict.UNKNOWN, judged=3, violations=1, suspected=5, why="")
    told = judgement(silences=Silences(count=10, alerted_in_time=2, excused=2), findings=(finding,))
    assert facts.not_alerted_in_time(told) == 1
    line = facts.silences_line(told)
    assert line == "10 silences · 2 alerted in time · 1 NOT alerted in time · 2 excused · 5 in doubt, not judged"


def test_without_the_rule_those_not_alerted_in_time_are_what_is_left() -> None:
    assert facts.not_alerted_in_time(judgement(silences=Silences(count=10, alerted_in_time=2, excused=3))) == 5


def test_a_fault_is_sound_only_if_all_of_it_was_proved() -> None:
    sound = FaultReport(
        id="f1", kind="kill", where="watchdog", begun_at_s=0, healed_at_s=1, begun=True, proved=True, healed=True,
        heal_proved=True,
    )  # fmt: skip
    assert facts.fault_is_sound(sound)
    states = {"proved, healed"}
    for part in ("begun", "proved", "healed", "heal_proved"):
        limp = sound.model_copy(update={part: False})
        assert not facts.fault_is_sound(limp)
        states.add(facts.fault_state(limp))
    assert len(states) == 5


def test_a_doubt_says_its_stretch() -> None:
    assert facts.doubt_line(Doubt(kind="coverage", what="no case")) == "coverage: no case"
    said = facts.doubt_line(Doubt(kind="validity", what="late", from_s=60))
    assert said == "validity: late (from 1 min to the end)"
