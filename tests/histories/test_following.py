"""A phone whose person stopped following is not judged; what the push gateway took for it stays."""

from __future__ import annotations

import pytest

from deadair.history.rows import Kind
from deadair.rules.following import followed_throughout
from tests.histories.ops import BLIND_FROM_30, Row, accepted, alarm, history, measured, person, roster, shows


@pytest.mark.clause("D38")
def test_rows_of_a_phone_that_stopped_are_left_out_and_those_of_others_stay() -> None:
    own = [measured(5), shows(5, 5), alarm(31), accepted(31), person(33, "stop_following")]
    others: list[Row] = [measured(5, patient=2), shows(5, 5, phone=2), accepted(31, phone=2)]
    judged, phones = followed_throughout(history([*own, *others]), roster(2))
    assert [phone.phone for phone in phones.phones] == [2]
    assert len(phones.devices) == 2, "what its child's device hands in is not lost"
    left = sorted((kind, phone) for kind, phone in judged.each(*Kind, columns=["kind", "phone"]) if phone == 1)
    assert left == [("accepted", 1), ("person", 1)]
    assert len(judged.rows) == len([*own, *others]) - 2


@pytest.mark.clause("D38")
def test_where_nobody_stops_everything_is_as_it_was() -> None:
    known = history([*BLIND_FROM_30, person(33, "acknowledge")])
    assert followed_throughout(known, everybody := roster(1)) == (known, everybody)
