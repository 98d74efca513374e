"""What was acknowledged is stored, once, with its value."""

from __future__ import annotations

import pytest

from deadair.history.rows import Kind
from deadair.rules.nothing_lost import NothingLost
from tests.histories.ops import Row, counts, evidence, measured, op, probed, stored, upload, us


@pytest.mark.clause("S1", "S3")
def test_every_acknowledged_reading_stored_once_passes() -> None:
    twice_sent = [upload(5, 5), upload(6, 5, outcome="fail", detail="duplicate"), upload(7, 6, outcome="info")]
    found = NothingLost().judge(evidence(twice_sent, probed(80, 1), stored(80, 5)))
    assert counts(found) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("S3")
def test_an_acknowledged_reading_that_is_not_stored_is_lost() -> None:
    for uploaded in (upload(5, 5), upload(5, 5, outcome="fail", detail="duplicate")):
        found = NothingLost().judge(evidence(uploaded, probed(80, 0)))
        assert counts(found) == ("fail", 1, 1, 0, 0)
        assert found.why == "1 reading acknowledged and not stored"


@pytest.mark.clause("S3")
def test_a_reading_stored_with_another_value_is_lost() -> None:
    assert NothingLost().judge(evidence(upload(5, 5), probed(80, 1), stored(80, 5, value=99))).violations == 1


@pytest.mark.clause("S2")
def test_a_reading_stored_twice_is_doubled_even_if_nobody_acknowledged_it() -> None:
    for outcome in ("ok", "info"):
        rows = [upload(5, 5, outcome=outcome), probed(80, 2), stored(80, 5), stored(80, 5)]
        found = NothingLost().judge(evidence(rows))
        assert counts(found) == ("fail", 1, 1, 0, 0)
        assert found.why == "1 reading stored more than once"


@pytest.mark.clause("S2")
def test_asking_twice_doubles_nothing() -> None:
    rows = [upload(5, 5), probed(80, 1), stored(80, 5), probed(85, 1), stored(85, 5)]
    assert counts(NothingLost().judge(evidence(rows))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("S1")
def test_a_timed_out_or_refused_upload_is_never_lost() -> None:
    rows = [upload(5, 5), upload(6, 6, outcome="info"), upload(7, 7, outcome="fail"), probed(80, 1), stored(80, 5)]
    assert counts(NothingLost().judge(evidence(rows))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("S4")
def test_a_reading_acknowledged_just_before_the_asking_is_excused() -> None:
    rows = [upload(5, 5), upload(79, 79), upload(81, 81), probed(80, 1), stored(80, 5)]
    assert counts(NothingLost().judge(evidence(rows))) == ("pass", 1, 0, 2, 0)


@pytest.mark.clause("S5")
@pytest.mark.parametrize(
    "probe",
    [
        [probed(80, 0, outcome="info")],  # could not be asked
        [probed(80, 2), stored(80, 5)],  # answered more rows than the history has
        [],  # was never asked, while patient 2 was
    ],
)
def test_a_patient_whose_store_could_not_be_asked_is_unknown(probe: list[Row]) -> None:
    other = [upload(5, 5, patient=2), probed(80, 1, patient=2), stored(80, 5, patient=2)]
    found = NothingLost().judge(evidence(upload(5, 5), probe, other, phones=2))
    assert counts(found) == ("unknown", 1, 0, 0, 1)
    assert found.why.endswith("1 more is in doubt (the store did not answer for its patient)")


@pytest.mark.clause("S6")
def test_without_any_probe_nothing_is_judged() -> None:
    found = NothingLost().judge(evidence(upload(5, 5)))
    assert (counts(found), found.why) == (("unknown", 0, 0, 0, 0), "nobody was asked what is stored")


@pytest.mark.clause("S2", "S5")
def test_what_is_stored_of_a_patient_whose_store_was_not_asked_is_in_doubt() -> None:
    other = [upload(5, 5, patient=2), probed(80, 1, patient=2), stored(80, 5, patient=2)]
    assert counts(NothingLost().judge(evidence(stored(80, 5), other, phones=2))) == ("unknown", 1, 0, 0, 1)


def corrected(*values: int) -> list[Row]:
    """A device measured at minute 5, and gave that reading these values, a minute apart."""
    made = [{"patient": 1, "measured_us": us(5), "value": value} for value in values]
    return [op("fleet", Kind.MEASURED, 5 + number, **reading) for number, reading in enumerate(made)]


@pytest.mark.clause("S8")
@pytest.mark.parametrize(("kept", "verdict"), [(120, "pass"), (100, "fail")])
def test_a_corrected_reading_is_stored_with_the_value_acknowledged_last(kept: int, verdict: str) -> None:
    rows = [*corrected(100, 120), upload(5, 5), upload(6, 5, value=120), probed(80, 1), stored(80, 5, value=kept)]
    assert counts(NothingLost().judge(evidence(rows))) == (verdict, 1, int(verdict == "fail"), 0, 0)


@pytest.mark.clause("S8", "S4")
def test_a_correction_that_was_just_acknowledged_may_be_on_its_way() -> None:
    rows = [*corrected(100, 120), upload(5, 5), upload(79, 5, value=120), probed(80, 1), stored(80, 5)]
    assert counts(NothingLost().judge(evidence(rows))) == ("unknown", 0, 0, 1, 0)


@pytest.mark.clause("S8")
def test_of_two_uploads_under_way_at_once_either_may_have_come_last() -> None:
    at_once = upload(7, 5) | {"sent_us": us(5.5)}
    for kept in (100, 120):
        later = upload(6.5, 5, value=120) | {"sent_us": us(6)}
        rows = [*corrected(100, 120), at_once, later, probed(80, 1), stored(80, 5, value=kept)]
        assert counts(NothingLost().judge(evidence(rows))) == ("pass", 1, 0, 0, 0)


@pytest.mark.clause("S9")
@pytest.mark.parametrize(("outcome", "state"), [("info", "excused"), ("fail", "violated")])
def test_an_upload_that_was_never_answered_may_have_come_last(outcome: str, state: str) -> None:
    never = upload(6, 4, outcome=outcome)
    rows = [*corrected(100, 120), upload(5, 5, value=120), never, probed(80, 1), stored(80, 5)]
    found = NothingLost().judge(evidence(rows))
    assert (found.violations, found.excused) == (int(state == "violated"), int(state == "excused"))


@pytest.mark.clause("S1", "D30")
def test_a_sensors_code_is_no_case() -> None:
    rows = [measured(5, value=9), upload(5, 5, value=9), probed(80, 2), stored(80, 5, value=9), stored(80, 5, value=9)]
    assert counts(NothingLost().judge(evidence(rows, upload(10, 10), probed(80, 0)))) == ("fail", 1, 1, 0, 0)
