"""What the push provider took and did not bring as it should: what of it is the service's fault, and what is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from deadair.model.judgement import Finding
from deadair.model.place import Place
from deadair.rules.clears import Clears
from deadair.rules.evidence import Evidence
from deadair.rules.fault_window import FaultWindow
from deadair.rules.low_alerted import LowAlerted
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.no_data_repeats import NoDataRepeats
from tests.histories.ops import (
    ALWAYS_FRESH,
    BLIND_FROM_30,
    Row,
    accepted,
    alarm,
    counts,
    evidence,
    hands_in,
    low,
    notice,
    one,
    shows,
    us,
)

WITH_TIMER = ("service_push", "sentinel_push", "phone_timer")
LOW_FROM_20 = hands_in(*range(20, 60, 5), value=50)


def provider(kind: str, begin: float, heal: float | None, where: str = "push") -> FaultWindow:
    return FaultWindow("f1", kind, Place.parse(where), us(begin), None if heal is None else us(heal), silences=False)


def dropped(begin: float, heal: float, where: str = "push") -> tuple[FaultWindow, ...]:
    return (provider("push_drop", begin, heal, where),)


def told(at: float) -> list[Row]:
    """The service tells of a silence, and nothing comes."""
    return [accepted(at, says="no_data")]


def deadline(seen: Evidence, **knobs: Any) -> Finding:
    return NoDataDeadline(**knobs).judge(seen)


@pytest.mark.clause("D6", "D15")
@pytest.mark.parametrize(
    ("kind", "where", "limit"),
    [
        ("push_drop", "push", 45),
        ("push_delay", "push[south]", 45),
        ("push_delay", "push[north]", 35),
        ("push_duplicate", "push", 35),
        ("refuse", "push", 35),
    ],
)
def test_what_the_provider_keeps_to_itself_cuts_a_phone_off(kind: str, where: str, limit: float) -> None:
    seen = evidence(BLIND_FROM_30, faults=(provider(kind, 32, 42, where),))
    assert one(seen).limit_us == us(limit)


@pytest.mark.clause("D35", "N8")
def test_a_silence_of_which_the_word_was_swallowed_is_no_fault_of_the_service() -> None:
    cut = dropped(29, 33)
    assert counts(deadline(evidence(BLIND_FROM_30, sent=told(31), faults=cut))) == ("unknown", 0, 0, 1, 0)
    assert counts(deadline(evidence(BLIND_FROM_30, sent=[], faults=cut))) == ("fail", 1, 1, 0, 0), "it told nobody"
    assert deadline(evidence(BLIND_FROM_30, sent=told(38), faults=cut)).violations == 1, "nobody swallowed that"
    others = evidence(BLIND_FROM_30, sent=told(31), faults=dropped(29, 33, "push[north]"))
    assert deadline(others).violations == 1, "it was another cohort's"
    of_all_well = [accepted(31, says="clear"), accepted(31, path="somewhere_else")]
    assert deadline(evidence(BLIND_FROM_30, sent=of_all_well, faults=cut)).violations == 1
    refused = (provider("refuse", 29, 33),)
    assert deadline(evidence(BLIND_FROM_30, sent=told(31), faults=refused)).violations == 1, "then it knows"


@pytest.mark.clause("D35", "N8")
def test_where_the_phones_own_alarm_counts_it_must_be_there() -> None:
    cut = dropped(29, 33)
    seen = evidence(BLIND_FROM_30, sent=told(31), faults=cut)
    assert counts(deadline(seen, alert_paths=WITH_TIMER)) == ("fail", 1, 1, 0, 0)
    rings = evidence(BLIND_FROM_30, alarm(30, path="phone_timer"), sent=told(31), faults=cut)
    assert counts(deadline(rings, alert_paths=WITH_TIMER)) == ("pass", 1, 0, 0, 0)
    assert counts(deadline(rings)) == ("unknown", 0, 0, 1, 0), "by the service's own paths it is excused"


@pytest.mark.clause("Q7")
def test_an_alert_again_that_was_swallowed_is_excused_unless_the_phone_can_ring_by_itself() -> None:
    blind = [*hands_in(0, 5, 10), *(shows(at, at) for at in (0, 5, 10))]
    first, again = accepted(31), told(46)
    seen = evidence(blind, alarm(31), sent=[first, *again], faults=dropped(44, 48), end=80)
    found = NoDataRepeats(every=timedelta(minutes=15)).judge(seen)
    assert counts(found) == ("fail", 1, 1, 0, 0), "a fault at the provider: the phone's own alarm counts, and is none"
    without_timer = tuple(path for path in seen.alert_paths if path.through_gateway)
    pushes_only = Evidence(**{**vars_of(seen), "alert_paths": without_timer})
    assert counts(NoDataRepeats().judge(pushes_only)) == ("unknown", 0, 0, 1, 0)
    untold = evidence(blind, alarm(31), sent=[first], faults=dropped(44, 48), end=80)
    assert NoDataRepeats().judge(Evidence(**{**vars_of(untold), "alert_paths": without_timer})).violations == 1


def vars_of(seen: Evidence) -> dict[str, Any]:
    """Return what an evidence was made of, and nothing that was worked out of it."""
    return {name: getattr(seen, name) for name in type(seen).__dataclass_fields__}


@pytest.mark.clause("U9")
def test_a_low_of_which_the_word_was_swallowed_is_excused_unless_the_phone_can_ring_by_itself() -> None:
    sent = [accepted(21, says="urgent_low")]
    seen = evidence(LOW_FROM_20, sent=sent, faults=dropped(19, 24), end=40)
    assert LowAlerted().judge(seen).violations == 1
    rings = evidence(LOW_FROM_20, low(22, path="phone_timer", speaks_of=20), sent=sent, faults=dropped(19, 24), end=40)
    assert counts(LowAlerted().judge(rings))[:3] == ("pass", 2, 0)
    without_timer = tuple(path for path in seen.alert_paths if path.through_gateway)
    pushes_only = Evidence(**{**vars_of(seen), "alert_paths": without_timer})
    assert counts(LowAlerted().judge(pushes_only)) == ("unknown", 0, 0, 1, 0)
    untold = evidence(LOW_FROM_20, sent=told(21), faults=dropped(19, 24), end=40)
    assert LowAlerted().judge(Evidence(**{**vars_of(untold), "alert_paths": without_timer})).violations == 1


@pytest.mark.clause("E6")
def test_a_notice_of_which_the_end_was_swallowed_may_stay() -> None:
    sent = [accepted(31, path="sentinel_push", says="notice")]
    over = accepted(46, path="sentinel_push", says="back")
    cut = (*dropped(44, 47), provider("refuse", 30, 32))
    stays = [*ALWAYS_FRESH, notice(31)]
    assert counts(Clears().judge(evidence(stays, sent=[*sent, over], faults=cut, end=89))) == ("unknown", 0, 0, 2, 0)
    assert Clears().judge(evidence(stays, sent=sent, faults=cut, end=89)).violations == 1
    brought = [*sent, accepted(50, path="sentinel_push", says="back")]
    assert Clears().judge(evidence(stays, sent=brought, faults=cut, end=89)).violations == 1
