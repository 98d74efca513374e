"""A link that was cut delivers what was given up long ago, after what is true now. It brings no follow back."""

from __future__ import annotations

import pytest

from deadair.reference.accounts.accounts import Accounts
from deadair.reference.accounts.alert_settings import NoDataAlert
from deadair.reference.accounts.follows import Follow, Follows
from deadair.reference.alerts.alarms import Alarms
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.settings import Settings
from tests.reference.asgi import ask
from tests.reference.evidence_entries import T_S, tell_lows
from tests.reference.virtual_env import VirtualEnv

SETTINGS = Settings()
PATIENT = 2


def healed(virtual: VirtualEnv, *told: Follow) -> Watchdog:
    """Return a watchdog that was told of the first; then each came once over a healed link, the last one first."""
    dog, sender = Watchdog(virtual, SETTINGS), EvidenceSender(virtual, SETTINGS)
    sending = virtual.start(sender.run())
    sender.registered(told[0])
    virtual.wait(1)
    ask(dog.apps["watchdog"], "POST", *virtual.posts[-1][1:])
    virtual.answers["gateway→watchdog"] = None
    virtual.posts.clear()
    for wait_s, follow in zip((12, 15, 15), told, strict=False):  # in the rest between two tries
        sender.registered(follow)
        virtual.wait(wait_s)
    sending.cancel()
    copies = [(path, body) for _, path, body in virtual.posts]
    assert len(copies) == len(told)
    for path, body in (copies[-1], *copies[:-1]):
        assert ask(dog.apps["watchdog"], "POST", path, body).status_code == 200
    return dog


def sent(dog: Watchdog, virtual: VirtualEnv) -> list[tuple[str, str]]:
    """Return (kind, token) of what there is to tell after a low, and once the phone went blind."""
    tell_lows(dog, (PATIENT, virtual.now()))
    virtual.start(dog.run())
    virtual.wait(T_S)
    return sorted((push.kind, push.token) for push in Alarms(virtual).undelivered(9) if push.follow)


@pytest.fixture
def follows(virtual: VirtualEnv) -> Follows:
    Accounts(virtual)
    return Follows(virtual)


def registered(follows: Follows, phone: str = "a", after_s: float = T_S) -> Follow:
    return follows.register(3, PATIENT, token=phone, alert=NoDataAlert(after_s), installation="one")[0]


def revoked(follows: Follows) -> Follow:
    (gone,) = follows.revoke(3, PATIENT)
    return gone


def test_nobody_gets_back_a_follow_that_was_revoked(virtual: VirtualEnv, follows: Follows) -> None:
    assert sent(healed(virtual, registered(follows), revoked(follows)), virtual) == []


def test_a_revocation_that_is_over_mutes_nobody(virtual: VirtualEnv, follows: Follows) -> None:
    told = healed(virtual, registered(follows), revoked(follows), registered(follows))
    assert sent(told, virtual) == [("no_data", "a"), ("urgent_low", "a")]


@pytest.mark.parametrize("before", [("old", T_S), ("new", 0.0)])
def test_the_last_token_and_delay_hold(virtual: VirtualEnv, follows: Follows, before: tuple[str, float]) -> None:
    told = healed(virtual, registered(follows, *before), registered(follows, "new"))
    assert sent(told, virtual) == [("no_data", "new"), ("urgent_low", "new")]


def test_what_was_changed_is_counted_over_restarts(virtual: VirtualEnv, follows: Follows) -> None:
    before = [registered(follows).revision, revoked(follows).revision, registered(follows).revision]
    after = [registered(Follows(virtual)).revision, revoked(Follows(virtual)).revision]
    assert before + after == [0, 1, 2, 3, 4]


def test_a_watchdog_that_was_started_again_knows_what_is_late(virtual: VirtualEnv, follows: Follows) -> None:
    first = registered(follows)
    healed(virtual, first, revoked(follows))
    sender = EvidenceSender(virtual, SETTINGS)
    virtual.answers["gateway→watchdog"] = 200
    virtual.start(sender.run())
    sender.registered(first)
    virtual.wait(1)
    again = Watchdog(virtual, SETTINGS)
    ask(again.apps["watchdog"], "POST", *virtual.posts[-1][1:])
    assert sent(again, virtual) == []
