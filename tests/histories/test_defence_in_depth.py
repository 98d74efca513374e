"""Each silence is alerted by two paths in time, where a scenario asks for that."""

from __future__ import annotations

import pytest

from deadair.model.judgement import Finding
from deadair.rules.defence_in_depth import DefenceInDepth
from deadair.rules.evidence import Evidence
from tests.histories.ops import BLIND_FROM_30, alarm, counts, evidence, fault, notice, reads


def judged(seen: Evidence, **knobs: object) -> Finding:
    return DefenceInDepth.model_validate(knobs).judge(seen)


def alerted(service: float, phone: float) -> Evidence:
    return evidence(BLIND_FROM_30, alarm(service), alarm(phone, path="phone_timer"))


@pytest.mark.clause("I1")
@pytest.mark.parametrize(("service", "phone", "verdict"), [(31, 30, "pass"), (35, 35, "pass"), (35.1, 30, "fail")])
def test_each_of_two_paths_must_be_in_time(service: float, phone: float, verdict: str) -> None:
    assert counts(judged(alerted(service, phone))) == (verdict, 1, int(verdict == "fail"), 0, 0)


@pytest.mark.clause("I1")
def test_the_same_path_twice_is_one_and_a_path_that_is_not_named_is_none() -> None:
    assert judged(evidence(BLIND_FROM_30, alarm(31), alarm(32))).verdict == "fail"
    assert judged(evidence(BLIND_FROM_30, alarm(31)), alert_paths=("service_push", "service_push")).verdict == "fail"
    seen = evidence(BLIND_FROM_30, alarm(31), notice(32))
    assert judged(seen).verdict == "pass"
    assert judged(seen, alert_paths=("service_push", "phone_timer")).verdict == "fail"
    assert judged(seen).why == "each of 1 silence was alerted by 2 paths or more"
    assert judged(seen, at_least=3).why == "1 of 1 silence was alerted by fewer than 3 paths within 5m"


@pytest.mark.clause("I2")
def test_one_without_a_limit_in_the_run_and_one_that_ended_before_it_are_excused() -> None:
    assert counts(judged(evidence(BLIND_FROM_30, alarm(31), end=34))) == ("unknown", 0, 0, 1, 0)
    assert counts(judged(evidence(reads(0, 5, 10, 34), alarm(31), end=50))) == ("unknown", 0, 0, 1, 0)


@pytest.mark.clause("I3")
def test_while_what_alerts_is_struck_it_is_excused() -> None:
    for where, excused in (("watchdog", 1), ("push", 1), ("notifier→push", 1), ("uplink", 0), ("processor", 0)):
        seen = evidence(BLIND_FROM_30, alarm(31), faults=(fault(where, 20, 32),))
        assert judged(seen).excused == excused, where
    both = evidence(BLIND_FROM_30, alarm(31), alarm(31, path="phone_timer"), faults=(fault("watchdog", 20, 32),))
    assert judged(both).verdict == "pass"


@pytest.mark.clause("I4")
@pytest.mark.parametrize(("doubt", "suspected"), [((8, 9.9), 0), ((9, 10), 1), ((35, 36), 1), ((35.1, 36), 0)])
def test_a_doubt_in_its_window_takes_a_case_out(doubt: tuple[float, float], suspected: int) -> None:
    assert judged(evidence(BLIND_FROM_30, alarm(31), doubt=doubt)).suspected == suspected
