"""Nobody who is blind is told that all is well."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import ClassVar, Literal

from deadair.history.rows import Kind
from deadair.model.judgement import Finding
from deadair.model.plural import count, was
from deadair.model.roster import Phone
from deadair.rules.blindness import Blind
from deadair.rules.cases import Case, Tally, finding, table, unknown
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule

CLEAR = "clear"
"""The kind of a message that says that all is well again."""
FALSE = "told that all is well while it was blind"
TRUE = "told that all is well when it saw, or soon did"
QUIET = "blind, and not told that all is well"


class NoFalseClear(Rule):
    """Nobody who is blind is told that all is well."""

    of_silences: ClassVar[bool] = True
    kind: Literal["no_false_clear"] = "no_false_clear"

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each all-clear that the push gateway took, and each blind stretch in which it took none."""
        if evidence.reading_way is None:
            return unknown(self.kind, "nobody said how often phones poll")
        soon_us = evidence.reading_way.poll_every_us + evidence.grace_us
        clears = _taken(evidence)
        cases = chain.from_iterable(
            _phone(phone, clears[phone.phone], evidence, soon_us) for phone in evidence.phones.values()
        )
        return finding(self.kind, evidence, table(cases), _say)


def _taken(evidence: Evidence) -> dict[int, list[int]]:
    """Return when the gateway took an all-clear for each phone, in order, within the run."""
    found: dict[int, list[int]] = defaultdict(list)
    rows = evidence.history.each(Kind.ACCEPTED, columns=["at_us", "phone", "outcome", "detail"])
    for at_us, phone, outcome, says in rows:
        if (outcome, says) == ("ok", CLEAR) and phone is not None and at_us <= evidence.moments.end_us:
            found[phone].append(at_us)
    return found


def _phone(phone: Phone, clears: Sequence[int], evidence: Evidence, soon_us: int) -> Iterator[Case]:
    """Yield the cases of one phone. ``soon_us``: by when it must have seen what an all-clear is about."""
    grace_us, end_us = evidence.grace_us, evidence.moments.end_us
    told: set[Blind] = set()
    for at_us in clears:
        blind = _throughout(evidence.blind[phone.phone], at_us - grace_us, at_us + soon_us)
        state: Literal["held", "violated", "excused"] = "held"
        if blind is not None:
            told.add(blind)
            state = "violated" if at_us + soon_us <= end_us else "excused"
        from_us = at_us - grace_us - phone.no_data_after_us
        yield Case(state, from_us, at_us + soon_us, at_us, FALSE if blind else TRUE, phone.phone, phone.patient)
    for blind in evidence.blind[phone.phone]:
        until_us = end_us if blind.until_us is None else blind.until_us
        if blind not in told and until_us - blind.onset_us > grace_us + soon_us:
            from_us = blind.onset_us - phone.no_data_after_us
            yield Case("held", from_us, until_us, blind.onset_us, QUIET, phone.phone, phone.patient)


def _throughout(stretches: Sequence[Blind], from_us: int, until_us: int) -> Blind | None:
    """Return the stretch that covers every moment of [from, until], none if the phone saw at one of them."""
    covering = (one for one in stretches if one.onset_us <= from_us)
    return next((one for one in covering if one.until_us is None or one.until_us > until_us), None)


def _say(tally: Tally) -> str:
    if not tally.violations:
        return f"nobody who was blind was told that all is well ({count(tally.judged, 'case')})"
    phones = tally.violated["phone"].n_unique()
    said = f"{count(phones, 'phone')} {was(phones)} told that all is well while blind"
    return f"{said} ({count(tally.violations, 'time')})"
