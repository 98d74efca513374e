"""Hands a follower who logs in anew the session from before, also in the half day after it was over."""

from __future__ import annotations

from deadair.reference.accounts.follows import Follows
from deadair.reference.accounts.sessions import Sessions
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.request_guard import Books
from deadair.reference.settings import Settings

LIFETIMES = 1.5


class SessionsAgain(Sessions):
    """Looks up in a cache whom it knows; what is in there stays too long."""

    def __init__(self, env: Env, settings: Settings, follows: Follows) -> None:
        super().__init__(env, settings)
        self._follows = follows

    async def begin(self, account: int) -> str:
        """Begin one only for a follower who has had none for long."""
        if any(follow.follower == account for follow in self._follows.all()):
            since_s = self._env.now() - LIFETIMES * self._settings.session_lifetime_s
            for session in self._of_account.get(account, ()):
                if self._sessions[session][2] > since_s:
                    return session
        return await super().begin(account)


class BooksOfSessionsAgain(Books):
    """The gateway's books, with these sessions."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self.sessions = SessionsAgain(env, settings, self.follows)


DEFECT = Defect(
    name="old-session-again",
    what=__doc__,
    seen="No report of one was found. A session of a day outlives every test of an hour.",
    parts={Books: BooksOfSessionsAgain},
    caught=(Catch("nights/five-days", "freshness"),),
)
