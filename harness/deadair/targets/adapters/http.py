"""The adapter ``http``: makes requests of the templates in a target file, and reads answers by JSON pointers. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import orjson
from pydantic import JsonValue

from deadair.model.json_pointer import find
from deadair.model.reading import Reading
from deadair.targets.adapters.adapter import Enrollment
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.http_section import READINGS, AnswerSection, HttpSection, LoginStep, RequestSection
from deadair.targets.adapters.json_answers import said_in
from deadair.targets.adapters.uploader import Outcome
from deadair.targets.alerts.message_parts import holds, matched
from deadair.targets.described.templates import filled, number
from deadair.targets.request import Answer, Request
from deadair.targets.service_time import seconds_of, written

ALONE = re.compile(r"\{([a-z_]+)\}")
STEP = re.compile(r"\x00(\d)\x00(.*)", re.DOTALL)
"""A session that is not whole yet: how many requests of the log-in were answered, and what the last one said."""
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)
SESSION_LONGEST = 8192
VALUE_MAX = 1e9

Names = Mapping[str, Any]


class HttpAdapter:
    """``values``: what else is put in, by name: what the target knows of its run."""

    def __init__(self, section: HttpSection, values: Mapping[str, str]) -> None:
        self.batch_readings_max = section.upload.batch
        self.queue_readings_max = max(section.upload.queue, section.upload.batch)
        self._section = section
        self._values = values

    def login(self, client: Client) -> Request | None:
        """Make the next request of the log-in."""
        steps, (done, session) = self._steps(client), _progress(client.session)
        if done >= len(steps) or (done == 0 and session):
            return None
        return self._request(steps[done], self._of(client._replace(session=session)))

    def session(self, client: Client, answer: Answer) -> str | None:
        """Pick the session out of an answer."""
        steps, (done, _) = self._steps(client), _progress(client.session)
        if not 200 <= answer.status < 300 or done >= len(steps):
            return None
        said = _session(steps[done], answer)
        if isinstance(said, bool) or not isinstance(said, str | int) or not 0 < len(str(said)) <= SESSION_LONGEST:
            return None
        return str(said) if done + 1 == len(steps) else f"\x00{done + 1}\x00{said}"

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        """Put the readings in."""
        upload, names = self._section.upload, self._of(client)
        if upload.batch == 1:
            names |= _of_reading(readings[0])
        names[READINGS] = [_put(upload.reading, {**self._values, **_of_reading(one)}) for one in readings]
        return self._request(upload, names)

    def outcome(self, answer: Answer) -> Outcome:
        """Know the answers that the section names; of the others 2xx is well."""
        section = self._section
        if _is(section.logged_out, answer):
            return "login"
        if section.upload.duplicate is not None and _is(section.upload.duplicate, answer):
            return "duplicate"
        return "ok" if 200 <= answer.status < 300 else "fail"

    def poll(self, client: Client) -> Request:
        """Ask for the newest reading."""
        return self._request(self._section.poll, self._of(client))

    def newest(self, answer: Answer) -> Reading | None:
        """Return the newest of the readings in an answer."""
        if not 200 <= answer.status < 300:
            return None
        found = find(said_in(answer), self._section.poll.readings)
        readings = (self._reading(one) for one in [found, *(found if isinstance(found, list) else ())])
        return max((one for one in readings if one is not None), default=None)

    def enroll(self, client: Client, no_data_after_s: float) -> Sequence[Enrollment]:
        """Make what the service has to be told of a device or a phone."""
        names = self._of(client)
        names |= {"no_data_after_s": number(no_data_after_s), "no_data_after_min": number(no_data_after_s / 60)}
        each = "follower" if client.follows else "device"
        steps = [step for step in self._section.enroll if step.each == each]
        return [Enrollment(self._request(step, names), step.socket or "", step.status) for step in steps]

    def _steps(self, client: Client) -> Sequence[LoginStep]:
        section = self._section
        return (section.follower_login if client.follows else None) or section.login or ()

    def _of(self, client: Client) -> dict[str, Any]:
        return {**self._values, **client._asdict()}

    def _request(self, section: RequestSection, names: Names) -> Request:
        headers = [*self._section.headers.items(), *section.headers.items()]
        own = tuple((name, filled(text, _Texts(names))) for name, text in headers)
        body = b"" if section.body is None else orjson.dumps(_put(section.body, names))
        if section.form is not None:
            body = urlencode({name: filled(text, _Texts(names)) for name, text in section.form.items()}).encode()
            own = (*FORM, *own)
        return Request(filled(section.path, _Quoted(names)), body, section.method, own)

    def _reading(self, found: Any) -> Reading | None:
        poll = self._section.poll
        measured_s, value = seconds_of(find(found, poll.measured), self._section.times), find(found, poll.value)
        if measured_s is None or isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return Reading(int(measured_s), round(value)) if abs(value) < VALUE_MAX else None


class _Texts(Mapping[str, str]):
    """Names as they stand in a text."""

    def __init__(self, names: Names) -> None:
        self._names = names

    def __getitem__(self, name: str) -> str:
        value = self._names[name]
        return value if isinstance(value, str) else orjson.dumps(value).decode()

    def __iter__(self) -> Any:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _Quoted(_Texts):
    """Names as they stand in a path or its query."""

    def __getitem__(self, name: str) -> str:
        return quote(super().__getitem__(name), safe="")


def _session(step: LoginStep, answer: Answer) -> Any:
    """Return what an answer says the session is, of any type; none if it says nothing."""
    if step.session is not None:
        return step.session.of(said_in(answer))
    header = step.session_header
    if header is None:
        return None
    values = (value for name, value in answer.headers if name == header.name.lower())
    return next((said for said in (matched(header.matches, value) for value in values) if said is not None), None)


def _put(template: JsonValue, names: Names) -> Any:
    """Return a JSON template with everything put in: a name alone as the value itself."""
    if isinstance(template, dict):
        return {key: _put(inner, names) for key, inner in template.items()}
    if isinstance(template, list):
        return [_put(inner, names) for inner in template]
    if not isinstance(template, str):
        return template
    alone = ALONE.fullmatch(template)
    return names[alone[1]] if alone and alone[1] in names else filled(template, _Texts(names))


def _of_reading(reading: Reading) -> dict[str, Any]:
    at_s = reading.measured_s
    forms = {"measured_s": written(at_s, "s"), "measured_ms": written(at_s, "ms"), "measured_iso": written(at_s, "iso")}
    return {**forms, "value_mg_dl": reading.value_mg_dl}


def _progress(session: str) -> tuple[int, str]:
    found = STEP.fullmatch(session)
    return (int(found[1]), found[2]) if found else (0, session)


def _is(section: AnswerSection, answer: Answer) -> bool:
    if section.status and answer.status not in section.status:
        return False
    return section.body is None or holds(section.body, said_in(answer))
