"""The reference's door: how one logs in and reads, how a stranger could ask for another's patient, and its limits."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from deadair.model.json_pointer import find
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.json_answers import said_in
from deadair.targets.adapters.share import ShareApi
from deadair.targets.door import Door, OtherPatients
from deadair.targets.request import Answer, Request
from deadair.targets.service_times import ServiceTimes

LOCKOUT_TRIES = 10
"""As the service's settings have it by themselves."""
LOCKOUT_S = 600.0
SESSION_LASTS_S = 86_400.0
FOLLOWS_TRIED = (1, 2)
"""Follows are numbered from 1; the fleet's phones are the first to follow."""


def session_lasts_s(times: ServiceTimes) -> float:
    """Return how long a session holds, in real-life seconds."""
    return SESSION_LASTS_S if times.session_lasts_s is None else times.session_lasts_s


def reference_door(times: ServiceTimes) -> Door:
    """Return the door."""
    return Door(
        socket="gateway",
        speech=ShareApi(),
        lockout_tries=LOCKOUT_TRIES,
        lockout_for_s=LOCKOUT_S,
        session_lasts_s=session_lasts_s(times),
        revocable=True,
        others=OtherPatients(_polls_of_others, _holds_reading),
    )


def _polls_of_others(client: Client) -> Sequence[Request]:
    """Poll as other people's phones do."""
    polls = ({"session": client.session, "follow": follow, "shown_s": 0} for follow in FOLLOWS_TRIED)
    return [Request("/app/poll", orjson.dumps(poll)) for poll in polls]


def _holds_reading(answer: Answer) -> bool:
    return answer.status == 200 and find(said_in(answer), "/reading/measured_s") is not None
