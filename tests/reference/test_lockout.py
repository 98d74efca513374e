"""Who is locked out of an account: an address that guesses, never one that somebody logged in from."""

from __future__ import annotations

import pytest

from deadair.reference.accounts.lockout import Lockout
from deadair.reference.http.share_api import ShareError
from deadair.reference.settings import Settings

SETTINGS = Settings(password_failures_max=3, account_failures_max=10, lockout_s=600)
HERE, ELSEWHERE = "192.0.2.1", "192.0.2.2"
LOCKED = "SSO_AuthenticateMaxAttemptsExceeded"


def refused(lockout: Lockout, address: str, now_s: float = 0.0, *, fits: bool | None = False) -> ShareError | None:
    """Try once, and return what it was refused with."""
    try:
        lockout.begin((address, "child"), now_s)
    except ShareError as error:
        return error
    lockout.end((address, "child"), now_s, fits=fits)
    return None


def test_a_stranger_locks_himself_out_and_nobody_else() -> None:
    lockout = Lockout(SETTINGS)
    assert [refused(lockout, ELSEWHERE) for _ in range(3)] == [None] * 3
    locked = refused(lockout, ELSEWHERE, 100.0)
    assert locked is not None
    assert (locked.code, locked.retry_after_s) == (LOCKED, 500.0)
    assert refused(lockout, HERE, 100.0, fits=True) is None


def test_whoever_guesses_from_many_addresses_meets_the_bound_of_the_account() -> None:
    lockout = Lockout(SETTINGS)
    answers = [refused(lockout, f"198.51.100.{number}") for number in range(50)]
    assert answers[:10] == [None] * 10
    assert {error.code for error in answers[10:] if error} == {LOCKED}
    assert None not in answers[10:]
    assert answers[-1] is not None
    assert answers[-1].retry_after_s == 60.0
    later = [refused(lockout, f"203.0.113.{number}", 600.0) for number in range(50)]
    assert later.count(None) == 10


def test_guesses_from_many_addresses_all_at_once_are_no_way_round_it() -> None:
    lockout = Lockout(SETTINGS)
    let_in = 0
    for number in range(50):
        try:
            lockout.begin((f"198.51.100.{number}", "child"), 0.0)
        except ShareError:
            continue
        let_in += 1
    assert let_in == 10


def test_a_parent_gets_in_from_where_he_did_before_however_many_guess() -> None:
    lockout = Lockout(SETTINGS)
    assert refused(lockout, HERE, fits=True) is None
    for number in range(50):
        refused(lockout, f"198.51.100.{number}")
    assert refused(lockout, ELSEWHERE, fits=True) is not None
    for _ in range(20):
        assert refused(lockout, HERE, fits=True) is None


def test_a_place_that_is_known_may_guess_no_more_than_another() -> None:
    lockout = Lockout(SETTINGS)
    assert refused(lockout, HERE, fits=True) is None
    assert [refused(lockout, HERE) is None for _ in range(5)] == [True] * 3 + [False] * 2


def test_right_passwords_are_not_counted_as_guesses() -> None:
    lockout = Lockout(SETTINGS)
    for number in range(50):
        assert refused(lockout, f"198.51.100.{number}", fits=bool(number % 2) or None) is None


def test_a_lock_out_forgets_whom_it_need_not_remember() -> None:
    lockout = Lockout(SETTINGS)
    for number in range(50):
        lockout.begin((HERE, f"name {number}"), 0.0)
        lockout.end((HERE, f"name {number}"), 0.0, fits=True)
    assert not lockout._tries


def test_a_lock_out_from_a_clock_that_was_ahead_is_over_once_it_is_right() -> None:
    lockout, ahead_s = Lockout(SETTINGS), 86_400.0
    for _ in range(SETTINGS.password_failures_max):
        lockout.begin((HERE, "name"), ahead_s)
        lockout.end((HERE, "name"), ahead_s, fits=False)
    with pytest.raises(ShareError, match="attempts"):
        lockout.begin((HERE, "name"), ahead_s + 1)
    lockout.begin((HERE, "name"), 1000.0)


def test_a_check_that_broke_off_counts_for_nothing() -> None:
    lockout = Lockout(SETTINGS)
    for _ in range(50):
        lockout.begin((HERE, "name"), 0.0)
        lockout.end((HERE, "name"), 0.0, fits=None)
    lockout.begin((HERE, "name"), 0.0)


def test_names_are_not_remembered_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deadair.reference.accounts.lockout.PAIRS_TRACKED_MAX", 10)
    lockout = Lockout(SETTINGS)
    for number in range(50):
        lockout.begin((HERE, f"name {number}"), 0.0)
        lockout.end((HERE, f"name {number}"), 0.0, fits=False)
    assert len(lockout._tries) == 10
    for _ in range(2):
        lockout.begin((HERE, "name 49"), 0.0)
        lockout.end((HERE, "name 49"), 0.0, fits=False)
    with pytest.raises(ShareError):
        lockout.begin((HERE, "name 49"), 0.0)
