"""Rare turns of phones that have something in common: one that follows two patients, two of one account. Pure."""

from __future__ import annotations

from deadair.explore.looked import Looked


def both_children(looked: Looked) -> int:
    """Count the onsets of one patient while the same phone is blind of another."""
    return sum(
        any(
            other.phone.phone != silence.phone.phone
            and other.phone.token == silence.phone.token
            and other.onset_us
            <= silence.onset_us
            < (looked.evidence.moments.end_us if other.until_us is None else other.until_us)
            for other in looked.silences
        )
        for silence in looked.silences
    )


def one_phone_sees(looked: Looked) -> int:
    """Count the onsets at which another phone of the account, which follows the same patient, is not blind."""
    evidence = looked.evidence
    return sum(
        any(
            other.phone != silence.phone.phone
            and (other.account, other.patient) == (silence.phone.account, silence.phone.patient)
            and not any(
                blind.touches(silence.onset_us, silence.onset_us) for blind in evidence.blind.get(other.phone, ())
            )
            for other in evidence.phones.values()
        )
        for silence in looked.silences
    )
