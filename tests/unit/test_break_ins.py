"""A round of tries at a door: what is tried, in which order, and what its answers say. The service is a dict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import orjson
import pytest

from deadair.engines.break_ins import INTRUDERS, OWNER, BreakIns, EntryTried
from deadair.model.clock import RunClock
from deadair.model.errors import HarnessError
from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.uploader import Outcome
from deadair.targets.door import Door, OtherPatients
from deadair.targets.request import Answer, Request

PASSWORD = "right"
MINUTE_US = 60_000_000


class SetClock:
    """A run's clock that is set by hand."""

    speed = 60.0
    at_us = 0

    def now_us(self) -> int:
        return self.at_us

    def to_wall_s(self, at_us: int) -> float:
        return 1_000.0 + at_us / 60e6


class Service:
    """A follow service: sessions, readings, and what is wrong with it (``holes``)."""

    def __init__(self, clock: SetClock, *holes: str, log_ins: bool = True) -> None:
        self.clock = clock
        self.holes = set(holes)
        self.log_ins = log_ins
        self.status: int | None = 200
        self.down = False
        self.sessions: dict[str, str] = {}
        self.gone: set[str] = set()
        self.opened: dict[str, int] = {}
        self.readings: dict[str, list[int]] = {"device-0": [999, 120]}
        self.wrong = 0
        self.wrong_max = 0

    def ask(self, socket: str, request: Request, limit_s: float) -> Answer:
        assert (socket, limit_s) == ("public", 2.0)
        if self.down:
            raise HarnessError("no answer")
        if self.status not in (None, 200):
            return Answer(self.status, b"{}")
        said = orjson.loads(request.body)
        return getattr(self, request.path.strip("/"))(**said)  # type: ignore[no-any-return]

    def login(self, account: str, password: str) -> Answer:
        right = password == PASSWORD
        self.wrong = 0 if right else self.wrong + 1
        self.wrong_max = max(self.wrong, self.wrong_max)
        if not (right or "password" in self.holes) or (right and "refuses" in self.holes):
            return Answer(401, b"{}")
        session = f"{len(self.sessions):012d}"
        self.sessions[session], self.opened[session] = account, self.clock.at_us
        return Answer(200, orjson.dumps(session))

    def read(self, account: str, password: str, session: str) -> Answer:
        if not self.log_ins:
            whose = account if password == PASSWORD or "password" in self.holes else None
        else:
            whose = self.sessions.get(session) if self._lives(session) else None
            whose = OWNER if whose is None and "made up" in self.holes else whose
            whose = account if whose is not None and "foreign" in self.holes else whose
        return Answer(401, b"{}") if whose is None else Answer(200, orjson.dumps(self.readings.get(whose)))

    def upload(self, account: str, session: str, reading: list[int]) -> Answer:
        self.readings[self.sessions[session] if self.log_ins else account] = reading
        return Answer(200, b"{}")

    def other(self, session: str) -> Answer:
        return Answer(200, orjson.dumps(self.readings["device-0"] if "other" in self.holes else None))

    def revoke(self, account: str) -> None:
        if self.down:
            raise HarnessError("no answer")
        self.gone |= {session for session, whose in self.sessions.items() if whose == account}

    def _lives(self, session: str) -> bool:
        over = self.clock.at_us > self.opened.get(session, 0) + 30 * MINUTE_US
        return (session not in self.gone or "revoked" in self.holes) and (not over or "expired" in self.holes)


class Speech:
    def __init__(self, *, log_ins: bool) -> None:
        self._log_ins = log_ins

    def login(self, client: Client) -> Request | None:
        if client.session or not self._log_ins:
            return None
        return Request("/login", orjson.dumps({"account": client.account, "password": client.password}))

    def session(self, client: Client, answer: Answer) -> str | None:
        return str(orjson.loads(answer.body)) if answer.status == 200 else None

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        said = {"account": client.account, "session": client.session, "reading": list(readings[0])}
        return Request("/upload", orjson.dumps(said))

    def outcome(self, answer: Answer) -> Outcome:
        return "ok" if answer.status == 200 else "login"

    def read(self, client: Client) -> Request:
        said = {"account": client.account, "password": client.password, "session": client.session}
        return Request("/read", orjson.dumps(said))

    def newest(self, answer: Answer) -> Reading | None:
        said = orjson.loads(answer.body)
        return Reading(*said) if answer.status == 200 and said else None


def others(client: Client) -> Sequence[Request]:
    return [Request("/other", orjson.dumps({"session": client.session}))]


def holds(answer: Answer) -> bool:
    return answer.status == 200 and orjson.loads(answer.body) is not None


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


def tries_at(service: Service, *, lockout_tries: int = 10) -> BreakIns:
    door = Door(
        "public",
        Speech(log_ins=service.log_ins),
        lockout_tries=lockout_tries,
        lockout_for_s=600.0,
        session_lasts_s=1800.0,
        revocable=True,
        others=OtherPatients(others, holds),
    )
    return BreakIns(door, service.ask, service.revoke, cast(RunClock, service.clock), password=PASSWORD)


def said(tries: Sequence[EntryTried]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in tries:
        found.setdefault(one.what, []).append(one.outcome)
    return found


def rounds(service: Service, tries: BreakIns, *minutes: int) -> list[dict[str, list[str]]]:
    found = []
    for minute in minutes:
        service.clock.at_us = minute * MINUTE_US
        found.append(said(tries.go_round()))
    return found


KEPT_OUT = {
    "wrong_password": ["kept_out"] * 3,
    "right_password": ["let_in"],
    "own_session": ["let_in"],
    "made_up_session": ["kept_out"],
    "foreign_session": ["kept_out"],
    "others_patient": ["kept_out"],
    "revoked_session": ["kept_out"],
}


def test_a_good_door_lets_in_the_right_one_alone(clock: SetClock) -> None:
    service = Service(clock)
    first, second, third, fourth = rounds(service, tries_at(service), 0, 10, 40, 50)
    before = {what: how for what, how in KEPT_OUT.items() if what != "revoked_session"}
    assert first == {**before, "own_session": ["info"]}
    assert second == KEPT_OUT
    assert third == {**before, "own_session": ["let_in"], "expired_session": ["kept_out"]}
    assert fourth == {**KEPT_OUT, "expired_session": ["kept_out"]}
    assert {*service.sessions.values()} == {*INTRUDERS}


@pytest.mark.parametrize(
    ("hole", "what"),
    [
        ("password", "wrong_password"),
        ("made up", "made_up_session"),
        ("foreign", "foreign_session"),
        ("other", "others_patient"),
        ("revoked", "revoked_session"),
        ("expired", "expired_session"),
    ],
)
def test_each_hole_is_found_by_its_own_try(clock: SetClock, hole: str, what: str) -> None:
    service = Service(clock, hole)
    found = rounds(service, tries_at(service), 0, 10, 40, 50)[-1]
    assert set(found[what]) == {"let_in"}
    if hole != "made up":  # whoever takes any session takes those too that are over
        strangers = {one: how for one, how in found.items() if one not in ("right_password", "own_session")}
        assert [one for one, how in strangers.items() if "let_in" in how] == [what]


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_busy_service_says_nothing_about_its_door(clock: SetClock, status: int) -> None:
    service = Service(clock)
    tries = tries_at(service)
    rounds(service, tries, 0, 10)
    service.status = status
    (found,) = rounds(service, tries, 20)
    assert {outcome for how in found.values() for outcome in how} == {"info"}


def test_a_dead_service_says_nothing_about_its_door_and_what_could_not_be_revoked_is_revoked_later(
    clock: SetClock,
) -> None:
    service = Service(clock)
    tries = tries_at(service)
    service.down = True
    (found,) = rounds(service, tries, 0)
    assert found == {"wrong_password": ["info"] * 3, "right_password": ["info"]}
    service.down = False
    assert "revoked_session" not in rounds(service, tries, 10)[0]
    assert rounds(service, tries, 20)[0] == KEPT_OUT


def test_wrong_passwords_in_a_row_stay_below_those_that_lock_an_account(clock: SetClock) -> None:
    service = Service(clock)
    tries = tries_at(service, lockout_tries=5)
    service.down = True  # whether they were counted is not known
    assert [len(one.get("wrong_password", ())) for one in rounds(service, tries, 0, 10, 20)] == [3, 1, 0]
    service.down = False
    assert [len(one.get("wrong_password", ())) for one in rounds(service, tries, 30, 40)] == [0, 3]
    careful = Service(clock)
    rounds(careful, tries_at(careful, lockout_tries=2), 0, 10)
    assert careful.wrong_max == 1
    assert "wrong_password" not in rounds(service, tries_at(service, lockout_tries=1), 0)[0]


def test_after_a_refusal_of_the_right_password_no_wrong_one_is_tried_and_when_it_is_due_is_told(
    clock: SetClock,
) -> None:
    service = Service(clock)
    tries = tries_at(service)
    service.holes.add("refuses")
    clock.at_us = 5 * MINUTE_US
    right = [one for one in tries.go_round() if one.what == "right_password"]
    assert [(one.outcome, one.due_us) for one in right] == [("kept_out", 15 * MINUTE_US)]
    clock.at_us = 20 * MINUTE_US
    again = tries.go_round()
    assert [one.what for one in again] == ["right_password"]
    assert again[0].due_us == 20 * MINUTE_US
    service.holes.clear()
    assert len(rounds(service, tries, 30, 40)[1]["wrong_password"]) == 3


def test_where_there_are_no_log_ins_each_request_is_a_try(clock: SetClock) -> None:
    service = Service(clock, log_ins=False)
    tries = tries_at(service)
    first, second = rounds(service, tries, 0, 10)
    assert first["right_password"] == ["info"]
    assert (second["wrong_password"], second["right_password"], second["own_session"]) == (
        ["kept_out"] * 3, ["let_in"], ["let_in"]
    )  # fmt: skip
    assert not {"made_up_session", "foreign_session", "revoked_session", "expired_session"} & {*second}
    service.holes.add("password")
    assert rounds(service, tries, 20)[0]["wrong_password"] == ["let_in"] * 3
