"""Whose a session is, is looked up once and then remembered, also when it has ended or was revoked."""

from __future__ import annotations

from deadair.reference.accounts.sessions import Sessions
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.request_guard import Books
from deadair.reference.settings import Settings


class Remembered(Sessions):
    """Sessions behind a copy that nothing is ever taken out of."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self._copy: dict[str, int] = {}

    def account_of(self, session: str) -> int:
        """Return whose a session is, or was."""
        known = self._copy.get(session.lower())
        if known is None:
            known = self._copy[session.lower()] = super().account_of(session)
        return known


class RememberingBooks(Books):
    """Keeps such sessions."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self.sessions = Remembered(env, settings)


DEFECT = Defect(
    name="sessions-without-end",
    what=__doc__,
    seen="No report of one was found in a follow service. A token that outlives its revocation is common elsewhere.",
    parts={Books: RememberingBooks},
    caught=(Catch("smoke/keeps-out", "keeps_out"),),
)
