"""Counts what a night has met by what people do: alarms that were answered, and who was let in again. Pure."""

from __future__ import annotations

from deadair.explore.looked import Looked
from deadair.history.rows import Kind


def _said(looked: Looked, word: str) -> list[tuple[int, int]]:
    """Return when and on which phone something was said of an alarm."""
    rows = looked.evidence.history.each(Kind.PERSON, columns=["at_us", "phone", "detail"])
    said = {(at_us, phone) for at_us, phone, does in rows if does == word}
    evidence = looked.evidence
    return [(one.at_us, phone) for phone in evidence.said for one in evidence.said_of("alarm", phone)
            if (one.at_us, phone) in said]  # fmt: skip


def acknowledged(looked: Looked) -> int:
    """Count the alarms that were acknowledged."""
    return len(_said(looked, "acknowledge"))


def snoozed(looked: Looked) -> int:
    """Count the alarms that were snoozed."""
    return len(_said(looked, "snooze"))


def silence_after(looked: Looked) -> int:
    """Count silences of phones on which an alarm of an earlier one was acknowledged."""
    said = _said(looked, "acknowledge")
    return sum(
        any(phone == silence.phone.phone and at_us < silence.onset_us for at_us, phone in said)
        for silence in looked.silences
    )


def let_in_again(looked: Looked) -> int:
    """Count those who typed a wrong password, and had an answer to a poll after it."""
    rows = looked.evidence.history.each(Kind.PERSON, columns=["at_us", "phone", "detail"])
    polls = list(looked.evidence.history.each(Kind.POLL, columns=["at_us", "phone", "outcome"]))
    return sum(
        any(whose == phone and outcome == "ok" and sent_us > at_us for sent_us, whose, outcome in polls)
        for at_us, phone, does in rows
        if does == "wrong_password"
    )
