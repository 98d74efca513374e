"""Whose a follow is, is not asked: whoever is logged in and guesses its number is shown its patient's readings."""

from __future__ import annotations

from dataclasses import replace

from deadair.reference.accounts.follows import Follow, Follows
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.request_guard import Books
from deadair.reference.settings import Settings


class Anybody(int):
    """An account that is everybody."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return int.__hash__(self)


class OfAnybody(Follows):
    """Finds a follow for whoever knows its number."""

    def numbered(self, number: object) -> Follow | None:
        """Return a follow by its number, as if it were the asker's."""
        follow = super().numbered(number)
        return None if follow is None else replace(follow, follower=Anybody(follow.follower))


class OpenBooks(Books):
    """Keeps follows that anybody may use."""

    def __init__(self, env: Env, settings: Settings) -> None:
        super().__init__(env, settings)
        self.follows = OfAnybody(env)


DEFECT = Defect(
    name="anybodys-follow",
    what=__doc__,
    seen="No report of one was found in a follow service. Elsewhere it is the first hole that people look for.",
    parts={Books: OpenBooks},
    caught=(Catch("smoke/keeps-out", "keeps_out"),),
)
