"""The door of a described target: its adapter is how one speaks there, its file says what must keep strangers out."""

from __future__ import annotations

from collections.abc import Sequence

from deadair.model.errors import HarnessError
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.guarded import GuardedAdapter
from deadair.targets.described.door_section import DoorSection
from deadair.targets.described.questions import Questions
from deadair.targets.door import Door, OtherPatients
from deadair.targets.request import Answer, Request
from deadair.targets.target import Site

END_LIMIT_S = 5.0
ANOTHER = "device-0"
"""The first of the fleet's patients."""


def described_door(section: DoorSection, adapter: GuardedAdapter, socket: str) -> Door:
    """Return the door at this socket."""

    def polls(stranger: Client) -> Sequence[Request]:
        return (adapter.poll(stranger._replace(patient=ANOTHER)),)

    def holds_reading(answer: Answer) -> bool:
        return adapter.newest(answer) is not None

    return Door(
        socket=socket,
        speech=adapter,
        lockout_tries=section.lockout_tries,
        lockout_for_s=section.lockout_for.total_seconds(),
        session_lasts_s=None if section.session_lasts is None else section.session_lasts.total_seconds(),
        revocable=section.end_sessions is not None,
        others=OtherPatients(polls, holds_reading) if section.patients_apart else None,
    )


def end_sessions(section: DoorSection, questions: Questions, site: Site) -> None:
    """Ask as the file says. Raises HarnessError unless it is said to be done."""
    if section.end_sessions is None:
        raise HarnessError("its target file has no `door.end_sessions`")
    answer = questions.http(section.end_sessions, site, END_LIMIT_S)
    if not 200 <= answer.status < 300:
        said = questions.handed_on.begin_of(answer.body)
        raise HarnessError(f"`door.end_sessions` was answered {answer.status}: {said}")
