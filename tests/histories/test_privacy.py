"""Nobody is told or shown anything of whom he does not follow. Phone 1 follows patient 1, phone 2 patient 2."""

from __future__ import annotations

import pytest

from deadair.model.judgement import Finding
from deadair.rules.evidence import Evidence
from deadair.rules.privacy import Privacy
from tests.histories.ops import Row, accepted, counts, evidence, measured, person, reads, shows, us

BOTH = [*reads(5), *reads(6, phone=2)]


def judged(seen: Evidence) -> Finding:
    return Privacy().judge(seen)


def message(at: float, of: float, *, phone: int = 1, outcome: str = "ok") -> Row:
    return {**accepted(at, phone=phone, outcome=outcome), "measured_us": us(of)}


@pytest.mark.clause("W1")
def test_a_message_about_a_reading_of_somebody_else_is_violated() -> None:
    assert counts(judged(evidence(BOTH, phones=2, sent=[message(7, 5)]))) == ("pass", 3, 0, 0, 0)
    found = judged(evidence(BOTH, phones=2, sent=[message(7, 6)]))
    assert counts(found) == ("fail", 3, 1, 0, 0)
    assert found.why == "1 phone was told of a reading of somebody else's"


@pytest.mark.clause("W1")
def test_what_was_refused_is_for_nobody_here_or_names_a_moment_that_nobody_measured_is_no_foreign_reading() -> None:
    for sent in ([message(7, 6, outcome="fail")], [message(7, 6, phone=9)], [accepted(7)], [message(7, 8)]):
        assert judged(evidence(BOTH, phones=2, sent=sent)).violations == 0


@pytest.mark.clause("W2")
def test_a_screen_with_a_reading_of_somebody_else_is_violated() -> None:
    found = judged(evidence(BOTH, shows(7, 6), phones=2))
    assert counts(found) == ("fail", 3, 1, 0, 0)
    assert found.why == "1 phone was shown a reading of somebody else's"
    assert judged(evidence(BOTH, shows(7, None), phones=2)).violations == 0


@pytest.mark.clause("W2")
def test_readings_of_one_moment_are_told_apart_by_whose_they_are() -> None:
    same = [*reads(5), measured(5, patient=2, value=70)]
    assert judged(evidence(same, phones=2)).violations == 0
    assert judged(evidence(same, shows(7, 5, value=70), phones=2)).violations == 0, "shows_age judges that"


@pytest.mark.clause("W3")
@pytest.mark.parametrize(("doubt", "suspected"), [((6, 6.9), 1), ((7, 8), 1), ((7.1, 8), 0)])
def test_a_doubt_at_its_moment_takes_a_case_out(doubt: tuple[float, float], suspected: int) -> None:
    assert judged(evidence(BOTH, shows(7, 6), phones=2, doubt=doubt)).suspected == suspected


@pytest.mark.clause("W4")
@pytest.mark.parametrize(("at", "counted"), [(32, ("pass", 2)), (32.1, ("fail", 2)), (95, ("pass", 2))])
def test_who_follows_no_more_is_told_nothing_once_the_service_has_ended_it(at: float, counted: tuple[str, int]) -> None:
    """The end was acknowledged in minute 31."""
    ended = [*reads(5), person(30, "stop_following"), person(31, "follow_ended")]
    found = Privacy().judge(evidence(ended, sent=[accepted(30), accepted(at), accepted(40, outcome="fail")]))
    assert (str(found.verdict), found.judged) == counted
    unheard = evidence(reads(5), person(30, "stop_following"), sent=[accepted(40)])
    assert str(Privacy().judge(unheard).verdict) == "pass", "nothing was acknowledged"


@pytest.mark.clause("W4")
def test_an_end_too_late_to_judge_is_no_case_and_a_doubt_takes_one_out() -> None:
    late = evidence(reads(5), person(89.5, "follow_ended"), sent=[accepted(89.9)])
    assert counts(Privacy().judge(late)) == ("pass", 1, 0, 0, 0)
    in_doubt = evidence(reads(5), person(31, "follow_ended"), sent=[accepted(40)], doubt=(35, 36))
    assert counts(Privacy().judge(in_doubt)) == ("unknown", 1, 0, 0, 1)
