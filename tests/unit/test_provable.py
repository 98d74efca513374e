"""A fault of the push provider is drawn only where somebody is surely told something while it is there."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest

from deadair.explore.envelope_file import envelope_named, load_envelope
from deadair.explore.onsets import Onset
from deadair.explore.provable import all_provable
from deadair.model.place import Place
from deadair.scenario.model import AnyFault, Entry
from deadair.targets.catalogue import TARGETS

REFERENCE = load_envelope(envelope_named("reference"), TARGETS)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def entry(at: float, lasts: float, where: str, **fault: object) -> Entry:
    return Entry.model_validate(
        {"at": minutes(at), "lasts": minutes(lasts), "where": Place.parse(where), "fault": cast(AnyFault, fault)}
    )


CUT = entry(0, 60, "downlink[south]", kind="partition")
ONSET = Onset(1, "south", minutes(20), minutes(20), minutes(60))
"""Somebody of south is alerted in minute 20."""


@pytest.mark.parametrize(
    ("others", "begin", "lasts", "where", "provable"),
    [
        ([], 18, 6, "push[south]", True),
        ([], 18, 6, "push[east]", False),
        ([], 18, 6, "push", True),
        ([], 19.5, 1.5, "push", True),
        ([], 19.5, 1.5, "push[south]", False),
        ([], 24, 6, "push[south]", False),
        ([entry(5, 50, "uplink[south]", kind="partition")], 18, 6, "push[south]", False),
        ([entry(5, 50, "uplink[east]", kind="partition")], 18, 6, "push[south]", True),
        ([entry(22, 9, "push[south]", kind="push_duplicate")], 18, 6, "push[south]", False),
        ([entry(16, 9, "watchdog", kind="kill")], 18, 6, "push[south]", False),
    ],
)
def test_of_one_cohort_a_message_must_be_sure_to_come(
    others: list[Entry], begin: float, lasts: float, where: str, provable: bool
) -> None:
    dropped = entry(begin, lasts, where, kind="push_drop")
    assert all_provable(REFERENCE, [CUT, *others, dropped], (ONSET,), TARGETS["reference"]) is provable
