"""One round of tries at a target's door: strangers', which must fail, and that of the right one, who must get in.

Everybody in it is an account of the harness's own. It runs beside the runner, and writes nothing down.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple

from deadair.model.clock import RunClock
from deadair.model.errors import HarnessError
from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client, device_client
from deadair.targets.adapters.log_in import logged_in
from deadair.targets.door import Door
from deadair.targets.request import Answer, Request

OWNER, STRANGER, REVOKED = "intruder-owner", "intruder-stranger", "intruder-revoked"
"""Whose readings must stay his own; who is somebody else; and whose sessions are revoked."""
INTRUDERS = (OWNER, STRANGER, REVOKED)
WRONG_IN_A_ROW = 3
"""Wrong passwords in one round, fewer where the target locks sooner."""
ANSWER_LIMIT_REAL_S = 2.0
VALUE_MG_DL = 100
NO_WORD = frozenset({429, 502, 503, 504})
"""Answers of a service that is too busy, or not there: they say nothing about its door."""
RINGS = ("0123456789", "abcdef", "ghijklmnopqrstuvwxyz", "ABCDEF", "GHIJKLMNOPQRSTUVWXYZ")
ANOTHER = str.maketrans({ring[place - 1]: letter for ring in RINGS for place, letter in enumerate(ring)})
"""Makes another session id of one, of the same form."""
ID_ENDS = 12
"""So many of its last characters are changed."""

HowItWent = Literal["let_in", "kept_out", "info"]
Ask = Callable[[str, Request, float], Answer]
"""Asks a socket, within so many real seconds; raises HarnessError if no answer comes."""
Revoke = Callable[[str], None]
"""Ends all sessions of an account; raises HarnessError if that is not known to be done."""


class EntryTried(NamedTuple):
    """One try. ``due_us``: of the right password, from when on nothing may keep it out any more."""

    what: str
    outcome: HowItWent
    sent_us: int
    at_us: int
    due_us: int | None = None


class BreakIns:
    """All that is remembered from round to round: sessions, and the wrong passwords since the right one got in."""

    def __init__(self, door: Door, ask: Ask, revoke: Revoke, clock: RunClock, *, password: str) -> None:
        self._door = door
        self._speech = door.speech
        self._ask = ask
        self._revoke = revoke
        self._clock = clock
        self._password = password
        self._owner: str | None = None
        """The newest session that the right password has opened; empty where there are no log-ins."""
        self._first: str | None = None
        """The first such session: it is never renewed."""
        self._first_used_us = 0
        self._stranger = ""
        self._revoked = ""
        self._revoked_us = 0
        self._wrong = 0
        self._wrong_us: int | None = None
        self._logs_in = True
        self._barred = False
        """Whether the right password was refused last: then no wrong one is tried."""
        self._tries: list[EntryTried] = []

    def go_round(self) -> tuple[EntryTried, ...]:
        """Try everything once that can be tried now."""
        self._tries = []
        for _ in range(self._wrong_ones()):
            self._try_wrong_password()
        self._try_right_password()
        if self._owner is not None:
            self._read_own(self._owner)
        if self._owner:
            made_up = self._owner[:-ID_ENDS] + self._owner[-ID_ENDS:].translate(ANOTHER)
            if made_up != self._owner:
                self._try_session("made_up_session", OWNER, made_up)
        self._try_stranger()
        self._try_revoked()
        self._try_expired()
        return tuple(self._tries)

    def _wrong_ones(self) -> int:
        """Return how many wrong passwords may be tried: never as many as lock an account."""
        return 0 if self._barred else max(0, min(WRONG_IN_A_ROW, self._door.lockout_tries - 1 - self._wrong))

    def _try_wrong_password(self) -> None:
        self._wrong += 1
        sent_us, answer, session = self._log_in(OWNER, self._wrong_word)
        self._wrong_us = self._clock.now_us()
        self._note("wrong_password", _says(answer, let_in=session is not None), sent_us)

    def _try_right_password(self) -> None:
        """Log the owner in. Where there are no log-ins, only an answer that asks for one keeps him out."""
        sent_us, answer, session = self._log_in(OWNER, self._password)
        outcome = _says(answer, let_in=session is not None)
        if outcome == "kept_out" and not self._logs_in and answer and self._speech.outcome(answer) != "login":
            outcome, session = "info", ""
        locked_us = 0 if self._wrong_us is None else self._wrong_us + math.ceil(self._door.lockout_for_s * 1e6)
        self._note("right_password", outcome, sent_us, due_us=max(sent_us, locked_us))
        self._owner = self._owner if session is None else session
        if outcome == "let_in":
            self._wrong, self._wrong_us, self._barred = 0, None, False
            self._first = self._first or session
        elif outcome == "kept_out":
            self._barred = True

    def _read_own(self, session: str) -> None:
        """Read what is one's own. What is not there (yet) is handed in, and says nothing about the door."""
        client = device_client(OWNER, self._password, session)
        sent_us, answer = self._asked(self._speech.read(client))
        if session == self._first:
            self._first_used_us = self._clock.now_us()
        there = self._reads(answer)
        self._note("own_session", "let_in" if there else "info", sent_us)
        if not there:
            self._hand_in(client)

    def _try_stranger(self) -> None:
        """Ask for what is another's with a session that is good, but of somebody else, who has no reading."""
        session = self._log_in(STRANGER, self._password)[2]
        self._stranger = session or self._stranger
        if self._stranger:
            self._try_session("foreign_session", OWNER, self._stranger)
        others = self._door.others
        if others is None or not (self._stranger or not self._logs_in):
            return
        for request in others.requests(device_client(STRANGER, self._password, self._stranger)):
            sent_us, answer = self._asked(request)
            read = answer is not None and others.holds_reading(answer)
            self._note("others_patient", _says(answer, let_in=read), sent_us)

    def _try_revoked(self) -> None:
        """Try a session that its account's administrator has ended; there is a reading that it could read.

        Once it would have ended by itself, the next one is opened and revoked.
        """
        if not self._door.revocable:
            return
        if self._revoked and not self._is_over(self._revoked_us):
            self._try_session("revoked_session", REVOKED, self._revoked)
            return
        opened_us, _, session = self._log_in(REVOKED, self._password)
        if session and self._hand_in(device_client(REVOKED, self._password, session)):
            try:
                self._revoke(REVOKED)
            except HarnessError:
                return  # it may have been carried out or not: the next round begins anew
            self._revoked, self._revoked_us = session, opened_us

    def _try_expired(self) -> None:
        """Try the first session, once it has not been used for longer than a session lasts."""
        if self._first and self._first != self._owner and self._is_over(self._first_used_us):
            self._try_session("expired_session", OWNER, self._first)

    def _is_over(self, since_us: int) -> bool:
        """Say whether a session that has not been used since then must have ended by itself."""
        lasts_s = self._door.session_lasts_s
        margin_us = math.ceil(ANSWER_LIMIT_REAL_S * self._clock.speed * 1e6)
        return lasts_s is not None and self._clock.now_us() > since_us + math.ceil(lasts_s * 1e6) + margin_us

    def _try_session(self, what: str, account: str, session: str) -> None:
        """Ask for the reading of an account by a session that must not open it, and without its password."""
        sent_us, answer = self._asked(self._speech.read(device_client(account, self._wrong_word, session)))
        self._note(what, _says(answer, let_in=self._reads(answer)), sent_us)

    @property
    def _wrong_word(self) -> str:
        return f"not {self._password}"

    def _reads(self, answer: Answer | None) -> bool:
        return answer is not None and self._speech.newest(answer) is not None

    def _hand_in(self, client: Client) -> bool:
        """Hand a reading of now in; say whether it was taken."""
        reading = Reading(math.floor(self._clock.to_wall_s(self._clock.now_us())), VALUE_MG_DL)
        _, answer = self._asked(self._speech.upload(client, [reading]))
        return answer is not None and self._speech.outcome(answer) in ("ok", "duplicate")

    def _log_in(self, account: str, password: str) -> tuple[int, Answer | None, str | None]:
        """Log in; return when it began, the last answer, and the session, none if it opened none.

        Where there are no log-ins, and each request says who one is, the session is empty, and open if it reads.
        """
        sent_us = self._clock.now_us()
        answers: list[Answer | None] = []

        def ask(request: Request) -> Answer | None:
            answers.append(self._asked(request)[1])
            return answers[-1]

        client = logged_in(self._speech, device_client(account, password), ask)
        self._logs_in = bool(answers)
        if not answers:
            answers.append(self._asked(self._speech.read(device_client(account, password)))[1])
            return sent_us, answers[-1], "" if self._reads(answers[-1]) else None
        return sent_us, answers[-1], None if client is None else client.session

    def _asked(self, request: Request) -> tuple[int, Answer | None]:
        """Ask the door; return when, and the answer, none if there is none."""
        sent_us = self._clock.now_us()
        try:
            return sent_us, self._ask(self._door.socket, request, ANSWER_LIMIT_REAL_S)
        except HarnessError:
            return sent_us, None

    def _note(self, what: str, outcome: HowItWent, sent_us: int, *, due_us: int | None = None) -> None:
        self._tries.append(EntryTried(what, outcome, sent_us, self._clock.now_us(), due_us))


def _says(answer: Answer | None, *, let_in: bool) -> HowItWent:
    """Return what an answer says about the door; nothing if there is none, or nobody was there to look."""
    if let_in:
        return "let_in"
    return "info" if answer is None or answer.status in NO_WORD else "kept_out"
