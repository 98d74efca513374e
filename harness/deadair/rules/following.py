"""Who followed to the end of a run. A phone whose person stopped is judged by nothing but what it is told afterwards.

What such a phone showed and presented is taken out, for no rule may count it. What the push gateway took for it stays.
"""

from __future__ import annotations

from dataclasses import replace

from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.model.roster import Roster

STOPPED = "stop_following"
STAYS = (Kind.ACCEPTED, Kind.PERSON)


def followed_throughout(history: History, roster: Roster) -> tuple[History, Roster]:
    """Return what is judged of a run: all of it, if nobody stopped."""
    people = history.of(Kind.PERSON, columns=["phone", "detail"])
    stopped = set(people.filter(people["detail"] == STOPPED)["phone"].to_list())
    if not stopped:
        return history, roster
    rows = history.rows
    of_them = rows["phone"].is_in(list(stopped)).fill_null(value=False) & ~rows["kind"].is_in(list(STAYS))
    phones = tuple(phone for phone in roster.phones if phone.phone not in stopped)
    return History(rows.filter(~of_them), history.torn, history.whole), replace(roster, phones=phones)
