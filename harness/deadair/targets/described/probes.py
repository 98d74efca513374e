"""What a described target is asked: what it has stored, how much waits, its status page, its version."""

from __future__ import annotations

from typing import Any

import orjson

from deadair.model.errors import HarnessError
from deadair.model.json_pointer import MISSING, find
from deadair.model.reading import Reading
from deadair.targets.alerts.message_parts import holds
from deadair.targets.described.probe_sections import BacklogProbe, StatusProbe, StoredProbe, VersionSection
from deadair.targets.described.questions import Questions
from deadair.targets.request import Answer
from deadair.targets.service_time import TimeFormat, seconds_of
from deadair.targets.target import Site

STORED_LIMIT_S = 5.0
BACKLOG_LIMIT_S = 1.0
"""Whoever asks for the backlog does so each second, and has other things to do when a node hangs."""
VERSION_LIMIT_S = 10.0
VERSION_LENGTH_MAX = 200
NUMBER_MAX = 1e15


def stored(probe: StoredProbe, account: str, questions: Questions, site: Site) -> tuple[Reading, ...]:
    """Return every stored reading of a patient, doubles included. Raises HarnessError."""
    if probe.sql is not None:
        rows = questions.rows(probe.sql, STORED_LIMIT_S, account)
        if any(len(row) < 2 for row in rows):
            raise HarnessError("the query of `stored` must answer two columns: when it was measured, and the value")
        return tuple(_reading(row[0], row[1], probe.times) for row in rows)
    items = find(questions.json(probe, site, STORED_LIMIT_S), probe.items)
    if not isinstance(items, list):
        raise HarnessError(f"what `stored` was answered with has no list at {probe.items or 'its root'!r}")
    return tuple(_reading(find(item, probe.measured), find(item, probe.value), probe.times) for item in items)


def backlog(probe: BacklogProbe, questions: Questions, site: Site) -> int:
    """Return how many readings wait. Raises HarnessError."""
    if probe.sql is not None:
        rows = questions.rows(probe.sql, BACKLOG_LIMIT_S)
        said: Any = rows[0][0] if rows and rows[0] else None
    else:
        said = find(questions.json(probe, site, BACKLOG_LIMIT_S), probe.waiting)
    if not _is_whole(said) or said < 0:
        raise HarnessError(f"`backlog` was answered with {_shown(said)}, which is no number of readings")
    return int(said)


def incident(probe: StatusProbe, answer: Answer) -> bool | None:
    """Say whether a status page shows an incident; none if it says nothing of what an incident is known by."""
    try:
        page = orjson.loads(answer.body) if answer.status == 200 else MISSING
    except ValueError:
        return None
    if any(find(page, pointer) is MISSING for pointer in probe.incident):
        return None
    return holds(probe.incident, page)


def version_before_a_run(section: VersionSection, questions: Questions) -> str:
    """Return which build is under test, as far as nothing has to run for it. Raises HarnessError."""
    if section.text is not None:
        return section.text[:VERSION_LENGTH_MAX]
    if section.command is not None:
        said = questions.command(section.command, VERSION_LIMIT_S)
        return _first_line(questions.handed_on.redacted(said), f"`{section.command[0]}`")
    return ""


def version_of_the_running(section: VersionSection, questions: Questions, site: Site) -> str:
    """Return the version that the running service says; nothing if it is not asked. Raises HarnessError."""
    if section.http is None:
        return ""
    answer = questions.http(section.http, site, VERSION_LIMIT_S)
    where = f"{section.http.method} {section.http.path}"
    if answer.status != 200:
        raise HarnessError(f"{where}, the version, was answered {answer.status}")
    if section.pointer is None:
        return _first_line(questions.handed_on.redacted(answer.body.decode(errors="replace")), where)
    try:
        said = find(orjson.loads(answer.body), section.pointer)
    except ValueError:
        said = MISSING
    if isinstance(said, bool) or not isinstance(said, str | int | float):
        raise HarnessError(f"{where}, the version, was answered with nothing at {section.pointer!r}")
    return questions.handed_on.redacted(str(said))[:VERSION_LENGTH_MAX]


def _first_line(said: str, who: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if not lines:
        raise HarnessError(f"{who} was to say the version, and said nothing")
    return lines[0][:VERSION_LENGTH_MAX]


def _reading(measured: Any, value: Any, times: TimeFormat) -> Reading:
    seconds = seconds_of(measured, times)
    if seconds is None:
        raise HarnessError(f"`stored`: {_shown(measured)} is no moment of the form `{times}`")
    if not _is_whole(value):
        raise HarnessError(f"`stored`: {_shown(value)} is no whole number of mg/dL")
    return Reading(round(seconds), int(value))


def _is_whole(said: Any) -> bool:
    """Say whether this is a whole number, of a size that a history has room for."""
    return not isinstance(said, bool) and isinstance(said, int | float) and abs(said) < NUMBER_MAX and said == said // 1


def _shown(said: Any) -> str:
    return "nothing" if said is MISSING or said is None else repr(said)[:80]
