"""What of the evidence for one follow is kept while the watchdog is out of reach."""

from __future__ import annotations

import pytest

from deadair.reference.accounts.follows import Follow
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.settings import Settings
from tests.reference.fake_env import FakeEnv

FOLLOW = Follow(1, 2, 3, "token", 1200.0, 1.0)
Said = tuple[float, float, float]


@pytest.fixture
def sender(env: FakeEnv) -> EvidenceSender:
    return EvidenceSender(env, Settings())


def kept(sender: EvidenceSender, *polls: Said) -> Said:
    """Return (shown, acknowledged, snoozed) as it waits after these polls."""
    for shown_s, acknowledged_s, snoozed_until_s in polls:
        sender.confirmed(FOLLOW, shown_s, acknowledged_s=acknowledged_s, snoozed_until_s=snoozed_until_s)
    one = sender._waiting[FOLLOW.number]
    return one.confirmed_s, one.acknowledged_s, one.snoozed_until_s


@pytest.mark.parametrize(
    ("polls", "last"),
    [
        ([(5000, 0, 0), (5000, 6300, 0)], (5000, 6300, 0)),
        ([(5000, 6300, 9000), (5000, 0, 0)], (5000, 6300, 9000)),
        ([(5000, 6300, 0), (0, 0, 9000)], (5000, 6300, 9000)),  # says nothing of what it shows
        ([(0, 6300, 0), (5000, 0, 0)], (5000, 6300, 0)),
        ([(5000, 6300, 9000), (7000, 0, 0)], (7000, 0, 0)),
        ([(7000, 0, 0), (5000, 6300, 9000)], (7000, 0, 0)),  # was on its way for long
        ([(5000, 6300, 9000), (7000, 0, 0), (7000, 8300, 0)], (7000, 8300, 0)),
    ],
)
def test_what_was_said_goes_with_what_was_shown_then(sender: EvidenceSender, polls: list[Said], last: Said) -> None:
    assert kept(sender, *polls) == last


def test_a_registration_takes_nothing_back(sender: EvidenceSender) -> None:
    kept(sender, (5000, 6300, 9000))
    sender.registered(FOLLOW)
    assert kept(sender) == (5000, 6300, 9000)
