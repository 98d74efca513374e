"""Nobody gets in who has no right to; and whoever has it gets in, also after somebody guessed at his password."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

from deadair.history.rows import Kind
from deadair.model.duration import Lasting
from deadair.model.judgement import Finding
from deadair.model.plural import count
from deadair.rules.cases import Case, Tally, finding, table
from deadair.rules.evidence import Evidence
from deadair.rules.rule import Rule

RIGHT, OWN_SESSION = "right_password", "own_session"
"""The tries of whoever may get in; all others are an intruder's."""
KEPT_FROM_HIS_OWN = "the right password was refused"
LET_IN = {
    "wrong_password": "a wrong password was let in",
    "made_up_session": "a session that nobody had opened was let in",
    "foreign_session": "somebody else's session was let in",
    "revoked_session": "a revoked session was let in",
    "expired_session": "an expired session was let in",
    "others_patient": "who follows nobody was shown a patient's reading",
}
"""What an intruder tries, and what to say of it if it works."""

Try = tuple[int, int, int | None, str, str, int]
"""When it began and ended, from when on nothing may keep it out, how it went, what was tried, and in which round."""


class KeepsOut(Rule):
    """Nobody gets in who has no right to, and whoever has it does."""

    kind: Literal["keeps_out"] = "keeps_out"
    every: Lasting = timedelta(minutes=10)
    """How often the harness tries it during the run, with accounts of its own."""

    def judge(self, evidence: Evidence) -> Finding:
        """Judge each try at the target's door."""
        columns = ["sent_us", "at_us", "intended_us", "outcome", "detail", "value"]
        tries = list(evidence.history.each(Kind.ENTRY_TRIED, columns=columns))
        got_in = {(what, number) for _, _, _, outcome, what, number in tries if outcome == "let_in"}
        open_rounds = {number for what, number in got_in if what == OWN_SESSION and (RIGHT, number) in got_in}
        return finding(self.kind, evidence, table(_cases(tries, open_rounds, evidence)), _say)


def _cases(tries: list[Try], open_rounds: set[int], evidence: Evidence) -> Iterator[Case]:
    for sent_us, at_us, due_us, outcome, what, number in tries:
        if outcome == "info" or what == OWN_SESSION or at_us > evidence.moments.end_us:
            continue
        if what == RIGHT:
            yield _right(sent_us, at_us, due_us, evidence, let_in=outcome == "let_in")
        elif outcome == "let_in":
            yield Case("violated", sent_us, at_us, at_us, LET_IN.get(what, what))
        else:
            yield Case("held" if number in open_rounds else "excused", sent_us, at_us, at_us, what)


def _right(sent_us: int, at_us: int, due_us: int | None, evidence: Evidence, *, let_in: bool) -> Case:
    """Return the case of the right password: it may be refused while a lock-out or a fault within lasts."""
    if let_in:
        return Case("held", sent_us, at_us, at_us, RIGHT)
    locked = due_us is None or sent_us < due_us + evidence.grace_us
    broken = any(
        fault.within_service and fault.touches(sent_us - evidence.grace_us, at_us) for fault in evidence.faults
    )
    return Case("excused" if locked or broken else "violated", sent_us, at_us, at_us, KEPT_FROM_HIS_OWN)


def _say(tally: Tally) -> str:
    if not tally.violations:
        return f"who had to be kept out was, and the right one got in ({count(tally.judged, 'try', 'tries')})"
    what = tally.violated["what"]
    return "; ".join(f"{each} ({count(int((what == each).sum()), 'time')})" for each in sorted(set(what.to_list())))
