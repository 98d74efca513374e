"""What a target can be asked, as its file says it: what is stored, how much waits, its status page, its version."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from deadair.model.json_pointer import JsonPointer
from deadair.targets.alerts.message_parts import Condition
from deadair.targets.described.sections import Command, HttpQuestion, Section, SqlQuestion
from deadair.targets.service_time import TimeFormat


def exactly_one(section: Section, *names: str) -> None:
    """Raise ValueError if a part has none of these keys, or more than one of them."""
    said = [name for name in names if getattr(section, name) is not None]
    if len(said) != 1:
        words = ", ".join(f"`{name}`" for name in names)
        raise ValueError(f"write exactly one of {words}; there {'is none' if not said else 'are ' + str(len(said))}")


class Source(Section):
    """Where an answer comes from: one of three."""

    http: HttpQuestion | None = None
    """A request, answered with JSON."""
    sql: SqlQuestion | None = None
    """A query."""
    command: Command | None = None
    """A program that prints JSON. It starts in the target's folder, and has 5 seconds, 1 for `backlog`."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(self, "http", "sql", "command")
        return self


class StoredProbe(Source):
    """Every stored reading of a patient, doubles included. `{account}` is the patient's account."""

    items: JsonPointer = ""
    """Where the list of readings stands in the JSON: a JSON pointer. A query answers a reading a row."""
    measured: JsonPointer = "/measured"
    """Where a reading says when it was measured. Of a query it is the first column."""
    value: JsonPointer = "/value"
    """Where it says the value in mg/dL. Of a query it is the second column."""
    times: TimeFormat = "s"
    """How the moment is written: `s` and `ms` are Unix time, `iso` is ISO 8601."""


class BacklogProbe(Source):
    """How many readings that were accepted wait to be stored."""

    waiting: JsonPointer = ""
    """Where the number stands in the JSON. Of a query it is the first column of the first row."""


class StatusProbe(Section):
    """The public status page."""

    socket: str
    """The socket that serves it."""
    path: str = "/"
    """Its path."""
    incident: Condition
    """What the page's JSON has while it shows an incident. Where nothing of that stands, it says nothing."""


class ProbeSections(Section):
    """What the target can be asked. The rules that need what is left out are not judged."""

    stored: StoredProbe | None = None
    """What it has stored; `nothing_lost` needs it."""
    backlog: BacklogProbe | None = None
    """How much waits; without it `recovers` looks at phones alone."""
    status: StatusProbe | None = None
    """Its status page; `status_published` needs it."""


class VersionSection(Section):
    """What says which build is under test: one of three."""

    text: str | None = None
    """The version itself."""
    command: Command | None = None
    """A program that prints it; the first line counts."""
    http: HttpQuestion | None = None
    """A request that the running service answers with it."""
    pointer: JsonPointer | None = None
    """Where it stands in the JSON of that answer; without it, the first line of the answer is it."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(self, "text", "command", "http")
        return self
