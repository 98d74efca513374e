"""Rows that must have been there, by what other rows say."""

from __future__ import annotations

import pytest

from deadair.history.rows import Kind
from deadair.judging.missing_rows import missing_rows
from deadair.model.place import Place
from deadair.rules.fault_window import FaultWindow
from tests.histories.ops import Row, alarm, history, measured, op, upload, us


def missing(*rows: Row) -> list[str]:
    return list(missing_rows(history(rows)))


def push(at: float, said: str = "presented", *, phone: int = 1, path: str = "service_push") -> Row:
    return op("fleet", Kind.PUSH, at, phone=phone, path=path, detail=said)


def taken(at: float, *, phone: int | None = 1, outcome: str = "ok") -> Row:
    return op("push-gateway", Kind.ACCEPTED, at, phone=phone, outcome=outcome)


@pytest.mark.clause("V8")
def test_an_upload_of_a_reading_that_no_device_made_tells_that_rows_are_missing() -> None:
    assert missing(measured(5), upload(6, 5), upload(7, 5)) == []
    for made in ([], [measured(5, value=101)], [measured(5, patient=2)], [measured(5.1)]):
        said = missing(*made, upload(6, 5), upload(7, 5))
        assert said == ["2 uploaded readings were made by no device, by the fleet's own rows"]


@pytest.mark.clause("V20")
def test_a_push_that_an_app_presented_and_that_rang_nowhere_tells_that_a_phone_did_not_do_its_part() -> None:
    for told in (alarm(25), op("fleet", Kind.NOTICE, 25, phone=1, path="service_push")):
        assert missing(taken(24), push(25), told) == []
    for said in ("held", "overtaken", "clear"):
        assert missing(taken(24), push(25, said)) == []
    for others in ([], [alarm(25.1)], [alarm(25, phone=2)], [alarm(25, path="phone_timer")]):
        assert missing(taken(24), push(25), *others) == [
            "1 push was presented, and nothing rang or stood on the phone then, by the fleet's own rows"
        ]


@pytest.mark.clause("V21")
def test_a_push_that_no_gateway_took_tells_that_rows_are_missing() -> None:
    assert missing(taken(24), taken(25), push(25, "held")) == []
    nobodys: list[list[Row]] = [[], [taken(24, phone=2)], [taken(24, phone=None)], [taken(24, outcome="fail")]]
    for took in nobodys:
        assert missing(*took, push(25, "held")) == [
            "1 push was got by phones and taken by no push gateway, by its own rows"
        ]
    assert len(missing(taken(24), push(25, "held"), push(26, "held"))) == 1


@pytest.mark.clause("V21")
def test_a_push_that_the_provider_may_have_doubled_comes_twice_and_not_thrice() -> None:
    doubling = FaultWindow("f1", "push_duplicate", Place("push", "south"), us(20), us(30), silences=False)
    twice = [taken(24), push(24, "held"), push(25, "overtaken")]
    assert list(missing_rows(history(twice), [doubling])) == []
    assert len(list(missing_rows(history([*twice, push(26, "overtaken")]), [doubling]))) == 1
    assert len(list(missing_rows(history([taken(31), push(31, "held"), push(32, "overtaken")]), [doubling]))) == 1
