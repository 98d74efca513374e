"""An adapter of the user's behind a guard: what it raises, and what it returns that it must not, is said in a sentence.

The sentence names the adapter, the method and what was wrong, so that no run blames the service for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, get_args

from deadair.model.errors import HarnessError
from deadair.model.excerpt import excerpt
from deadair.model.reading import Reading
from deadair.targets.adapters.adapter import Adapter, Enrollment
from deadair.targets.adapters.adapter_calls import CALLS
from deadair.targets.adapters.client import Client
from deadair.targets.adapters.uploader import Outcome
from deadair.targets.request import Answer, Request

BATCH_MAX, QUEUE_MAX = 10_000, 1_000_000
BODY_BYTES_MAX = 16 * 1024 * 1024
METHODS = ("login", "session", "upload", "outcome", "poll", "newest")
OUTCOMES: tuple[str, ...] = get_args(Outcome)
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
LINE = re.compile(r"[^\r\n\0]{0,16384}")
STAMP_MAX_S = 1 << 40

Result = TypeVar("Result")


class AdapterError(HarnessError):
    """An adapter did not do what an adapter does. Never the service's fault."""


class GuardedAdapter:
    """The adapter, every call checked. Raises AdapterError at once if it is none.

    ``hide`` takes out of what it says what nobody else may see.
    """

    def __init__(self, adapter: Adapter, name: str, hide: Callable[[str], str] = str) -> None:
        self._adapter: Any = adapter
        self._hide = hide
        self.name = name
        for method in METHODS:
            if not callable(self._attribute(method)):
                raise AdapterError(f"the adapter {name} has no method `{method}`: it needs {', '.join(METHODS)}")
        self._remedies, self.enrolls = (callable(self._attribute(method)) for method in ("remedy", "enroll"))
        self.batch_readings_max = self._count("batch_readings_max", BATCH_MAX)
        self.queue_readings_max = self._count("queue_readings_max", QUEUE_MAX)

    def login(self, client: Client) -> Request | None:
        """Ask for the next request of a log-in."""
        return self._call("login", _optional(_request), client)

    def session(self, client: Client, answer: Answer) -> str | None:
        """Ask for the session."""
        return self._call("session", _optional(_text), client, answer)

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        """Ask for the upload."""
        return self._call("upload", _request, client, tuple(readings))

    def outcome(self, answer: Answer) -> Outcome:
        """Ask what an answer means."""
        return self._call("outcome", _outcome, answer)

    def poll(self, client: Client) -> Request:
        """Ask for the poll."""
        return self._call("poll", _request, client)

    def newest(self, answer: Answer) -> Reading | None:
        """Ask for the newest reading."""
        return self._call("newest", _optional(_reading), answer)

    def remedy(self, client: Client, answer: Answer) -> Request | None:
        """Ask what would help, if it knows of anything."""
        return self._call("remedy", _optional(_request), client, answer) if self._remedies else None

    def read(self, client: Client) -> Request:
        """Ask for the poll, as an account of its own."""
        return self.poll(client)

    def enroll(self, client: Client, no_data_after_s: float) -> Sequence[Enrollment]:
        """Ask what the service is to be told of somebody; nothing if it needs to be told nothing."""
        return self._call("enroll", _enrollments, client, no_data_after_s) if self.enrolls else ()

    def _count(self, name: str, most: int) -> int:
        said = self._attribute(name)
        if isinstance(said, bool) or not isinstance(said, int) or not 1 <= said <= most:
            wrong = f"is {self._shown(said)}: it must be a whole number from 1 to {most:,}"
            raise AdapterError(f"`{name}` of the adapter {self.name} {wrong}")
        return said

    def _attribute(self, name: str) -> Any:
        try:
            return getattr(self._adapter, name, None)
        except (Exception, SystemExit) as error:
            raise AdapterError(f"`{name}` of the adapter {self.name} {self._raised(error)}") from error

    def _call(self, method: str, checked: Callable[[Any], Result], *arguments: Any) -> Result:
        where = f"`{method}` of the adapter {self.name}"
        try:
            with CALLS.noted(where):
                result = getattr(self._adapter, method)(*arguments)
        except (Exception, SystemExit) as error:
            raise AdapterError(f"{where} {self._raised(error)}") from error
        try:
            return checked(result)
        except ValueError as error:
            raise AdapterError(f"{where} returned {self._shown(result)}: {error}") from error

    def _raised(self, error: BaseException) -> str:
        """Say what was raised, whatever it does when it is asked for its text."""
        try:
            text = self._hide(str(error))
        except Exception:  # noqa: BLE001 - an error of the user's own, which may fail even here
            text = ""
        return f"raised {type(error).__name__}{': ' if text else ''}{excerpt(text, quotes=False) if text else ''}"

    def _shown(self, given: Any) -> str:
        """Say what was given: a plain value as it is, anything else by its type, for its own text may do anything."""
        if type(given) is str:
            return excerpt(self._hide(given))
        return excerpt(given) if type(given) in (type(None), int, float, bool) else f"a {type(given).__name__}"


def _optional(checked: Callable[[Any], Result]) -> Callable[[Any], Result | None]:
    return lambda given: None if given is None else checked(given)


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise ValueError("it must be a text, or None")
    return given


def _outcome(given: Any) -> Outcome:
    if not isinstance(given, str) or given not in OUTCOMES:
        raise ValueError(f"it must be one of {', '.join(OUTCOMES)}")
    return given  # type: ignore[return-value]


def _reading(given: Any) -> Reading:
    if not isinstance(given, tuple) or len(given) != 2 or any(type(one) is not int for one in given):
        raise ValueError("it must be a Reading of two whole numbers, measured_s and value_mg_dl, or None")
    if not all(abs(one) < STAMP_MAX_S for one in given):
        raise ValueError("nothing was ever measured then, or has such a value")
    return Reading(*given)


def _request(given: Any) -> Request:
    if not isinstance(given, Request):
        raise ValueError("it must be a Request")
    path, body, method, headers = given
    if not isinstance(path, str) or not path.startswith("/") or not LINE.fullmatch(path):
        raise ValueError("the path of a Request must be a text that begins with `/`")
    if not isinstance(body, bytes) or len(body) > BODY_BYTES_MAX:
        raise ValueError(f"the body of a Request must be bytes, {BODY_BYTES_MAX:,} at most")
    if not isinstance(method, str) or not TOKEN.fullmatch(method):
        raise ValueError("the method of a Request must be a word, such as POST")
    if not isinstance(headers, tuple) or not all(map(_is_header, headers)):
        raise ValueError("the headers of a Request must be pairs of texts, each of one line")
    return given


def _is_header(given: Any) -> bool:
    texts = isinstance(given, tuple) and len(given) == 2 and all(isinstance(one, str) for one in given)
    return texts and TOKEN.fullmatch(given[0]) is not None and LINE.fullmatch(given[1]) is not None


def _enrollments(given: Any) -> Sequence[Enrollment]:
    if not isinstance(given, list | tuple) or not all(isinstance(one, Enrollment) for one in given):
        raise ValueError("it must be a list of Enrollment")
    for one in given:
        _request(one.request)
        if not isinstance(one.socket, str) or not all(isinstance(status, int) for status in one.accepted):
            raise ValueError("the socket of an Enrollment must be a text, and its statuses whole numbers")
    return tuple(given)
