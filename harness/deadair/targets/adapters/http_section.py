"""The section ``http`` of a target file: a service's requests as templates, and what of its answers is what.

Values. In every text names in braces are put in; a text that is one of those names alone becomes the value itself, so
that ``"{readings}"`` is a list and ``"{value_mg_dl}"`` a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from deadair.model.json_pointer import JsonPointer
from deadair.targets.alerts.message_parts import Condition, Picked, Regex
from deadair.targets.described.templates import names_in
from deadair.targets.service_time import TimeFormat

HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
TextTemplate = Annotated[str, Field(max_length=20_000)]
StatusCode = Annotated[int, Field(ge=100, le=599)]

CLIENT_NAMES = ("account", "password", "patient", "session", "token")
"""What every request may say of who sends it."""
READING_NAMES = ("measured_s", "measured_ms", "measured_iso", "value_mg_dl")
"""What ``reading`` may say of one reading; the upload itself, too, where it carries only one."""
READINGS = "readings"


def _with_lists(given: Any) -> Any:
    """Return a value with lists, as JSON has them: a file that was read has tuples."""
    if isinstance(given, dict):
        return {key: _with_lists(inner) for key, inner in given.items()}
    return [_with_lists(inner) for inner in given] if isinstance(given, list | tuple) else given


JsonTemplate = Annotated[JsonValue, BeforeValidator(_with_lists)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class RequestSection(_Section):
    """A request."""

    method: Annotated[str, Field(pattern=r"^[A-Z]{1,10}$")] = "POST"
    """The HTTP method."""
    path: TextTemplate = Field(pattern=r"^/")
    """The path, with its query. What is put in is escaped."""
    headers: dict[HeaderName, TextTemplate] = Field(default={}, max_length=50)
    """Headers of its own, beside those of `http.headers`."""
    body: JsonTemplate = None
    """The body, as JSON."""
    form: dict[str, TextTemplate] | None = Field(default=None, max_length=200)
    """The body, as a form's fields."""

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.form is not None:
            raise ValueError("write `body` or `form`: a request has one body")
        return self


class AnswerSection(_Section):
    """What an answer is recognized by."""

    status: tuple[StatusCode, ...] = Field((), max_length=100)
    """One of these statuses; any unless this is said."""
    body: Condition | None = None
    """And this in its JSON."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.status and self.body is None:
            raise ValueError("say a `status`, or what is in the `body`: this would be every answer")
        return self


class HeaderPick(_Section):
    """A value in a header of an answer, such as a cookie."""

    name: HeaderName
    """The header's name."""
    matches: Regex = "(?s).+"
    """What of its value it is: a regular expression; its first group, if it has one. Of several such headers the first
    that matches."""


class LoginStep(RequestSection):
    """A request of a log-in."""

    session: Picked | None = None
    """Where its answer says the session: a JSON pointer. Later requests say it by `{session}`."""
    session_header: HeaderPick | None = None
    """Or the header of its answer that says it."""

    @model_validator(mode="after")
    def _one_session(self) -> Self:
        if (self.session is None) is (self.session_header is None):
            raise ValueError("write `session` or `session_header`: where the answer says the session")
        return self


def _as_steps(given: Any) -> Any:
    return (given,) if isinstance(given, dict) else given


LoginSteps = Annotated[
    tuple[LoginStep, ...],
    BeforeValidator(_as_steps, json_schema_input_type=LoginStep | tuple[LoginStep, ...]),
    Field(min_length=1, max_length=6),
]


class UploadSection(RequestSection):
    """How a device uploads."""

    reading: JsonTemplate
    """One reading, as JSON; `{readings}` is the list of them."""
    batch: int = Field(default=50, ge=1, le=1000)
    """How many readings one upload carries at most."""
    queue: int = Field(default=288, ge=1, le=100_000)
    """How many readings a device keeps that cannot upload."""
    duplicate: AnswerSection | None = None
    """The answer that says that all of it was there before."""

    @model_validator(mode="after")
    def _carries_readings(self) -> Self:
        names = {name for _, text in texts_in(self) for name in names_in(text)}
        if READINGS not in names and not (self.batch == 1 and names.intersection(READING_NAMES)):
            raise ValueError('its `body` must hold "{readings}"; with `batch: 1` it may name one reading\'s values')
        return self


class PollSection(RequestSection):
    """How a phone, or another reader, asks for readings."""

    method: Annotated[str, Field(pattern=r"^[A-Z]{1,10}$")] = "GET"
    """The HTTP method."""
    readings: JsonPointer = ""
    """Where the answer has its readings: one, or a list. Of several the newest is shown."""
    measured: JsonPointer
    """Where a reading says when it was measured."""
    value: JsonPointer
    """Where it says its value in mg/dL."""


class EnrollStep(RequestSection):
    """A request that makes somebody known to the service before the run."""

    each: Literal["device", "follower"]
    """Whom it is sent for, each in turn."""
    socket: str | None = None
    """The socket that takes it; by default the one that `uplink` leads to."""
    status: tuple[StatusCode, ...] = Field((), max_length=100)
    """The statuses that are well; by default all of 2xx."""


class HttpSection(_Section):
    """How devices and phones speak to the service."""

    headers: dict[HeaderName, TextTemplate] = Field(default={}, max_length=50)
    """Headers of every request, such as an API key."""
    times: TimeFormat = "s"
    """How moments are written in answers: `s` and `ms` are Unix time, `iso` is ISO 8601."""
    enroll: tuple[EnrollStep, ...] = Field((), max_length=20)
    """What is sent before the run for each device, then for each follower. Many services need nothing."""
    login: LoginSteps | None = None
    """How a device opens a session: a request, or several in turn. Without it nobody logs in."""
    follower_login: LoginSteps | None = None
    """How a phone does; by default as a device."""
    logged_out: AnswerSection = AnswerSection(status=(401,))
    """The answer that says that the session is gone."""
    upload: UploadSection
    """How a device uploads."""
    poll: PollSection
    """How a phone asks for the newest reading."""


def texts_in(section: RequestSection) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every text of a request in which names are put in, with where it stands."""
    yield ("path",), section.path
    yield from ((("headers", name), text) for name, text in section.headers.items())
    yield from _texts(("body",), section.body)
    yield from ((("form", name), text) for name, text in (section.form or {}).items())


def templates(section: HttpSection) -> Iterator[tuple[tuple[str | int, ...], str, frozenset[str]]]:
    """Yield every text of the section, where it stands, and the names that this adapter itself puts in there.

    What else is put in is the target's affair: whoever loads it refuses a name that is neither.
    """
    client = frozenset(CLIENT_NAMES)
    one = frozenset(READING_NAMES)
    for name, text in section.headers.items():
        yield ("headers", name), text, client
    for kind, steps in (("login", section.login), ("follower_login", section.follower_login)):
        for number, step in enumerate(steps or ()):
            yield from (((kind, number, *where), text, client) for where, text in texts_in(step))
    for number, enrollment in enumerate(section.enroll):
        known = client | {"no_data_after_s", "no_data_after_min"}
        yield from ((("enroll", number, *where), text, known) for where, text in texts_in(enrollment))
    of_upload = client | {READINGS} | (one if section.upload.batch == 1 else frozenset())
    yield from ((("upload", *where), text, of_upload) for where, text in texts_in(section.upload))
    yield from ((where, text, one) for where, text in _texts(("upload", "reading"), section.upload.reading))
    yield from ((("poll", *where), text, client) for where, text in texts_in(section.poll))


def _texts(where: tuple[str | int, ...], value: JsonValue) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts((*where, key), inner)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _texts((*where, number), inner)
