"""Puts the questions of a target file to its service, each within a limit: over HTTP, by SQL, by a program.

What comes back is anybody's. Whatever it is, it becomes an answer or a HarnessError.
"""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from deadair.injectors.child_environment import child_environment
from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError
from deadair.provision.limited_command import CommandFailed, run
from deadair.targets.described.probe_sections import Source
from deadair.targets.described.sections import HttpQuestion, SqlQuestion
from deadair.targets.described.templates import filled
from deadair.targets.handed_on import HandedOn
from deadair.targets.request import Answer, Request
from deadair.targets.target import Site

ROWS_MAX = 1_000_000
STEPS_BETWEEN_LOOKS = 10_000
"""Steps of SQLite's between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Who asks in one run. ``values``: what is put into the texts."""

    folder: Path
    values: Mapping[str, str]
    handed_on: HandedOn

    def http(self, question: HttpQuestion, site: Site, limit_s: float) -> Answer:
        """Return the answer to a request, whatever its status. Raises HarnessError if there is none."""
        headers = tuple((name, self._text(text)) for name, text in question.headers.items())
        body = self._text(question.body).encode()
        request = Request(self._text(question.path), body, question.method, headers)
        try:
            return site.ask(question.socket, request, limit_s)
        except HarnessError as error:
            raise HarnessError(self.handed_on.redacted(str(error))) from None

    def command(self, command: tuple[str, ...], limit_s: float) -> str:
        """Return what a program printed that ended with 0. Raises HarnessError."""
        environ = {**child_environment(), **self.handed_on.variables}
        try:
            words = [self._text(word) for word in command]
            return run(words, limit_s=limit_s, environ=environ, folder=self.folder, hide=self.handed_on.redacted)
        except CommandFailed as error:
            raise HarnessError(str(error)) from None

    def json(self, source: Source, site: Site, limit_s: float) -> Any:
        """Return the JSON of a source that answers with some. Raises HarnessError."""
        if source.command is not None:
            return self._parsed(self.command(source.command, limit_s).encode(), f"`{source.command[0]}` printed")
        if source.http is None:
            raise HarnessError("the target file names nothing that answers with JSON")
        answer = self.http(source.http, site, limit_s)
        where = f"{source.http.method} {source.http.path}"
        if answer.status != 200:
            raise HarnessError(f"{where} was answered {answer.status}: {self.handed_on.begin_of(answer.body)}")
        return self._parsed(answer.body, f"{where} was answered with")

    def rows(self, question: SqlQuestion, limit_s: float, account: str = "") -> list[tuple[Any, ...]]:
        """Return the rows of a query. Raises HarnessError."""
        path = Path(self._text(question.file))
        limit = Deadline.after(limit_s)
        try:
            uri = f"file:{quote(str(path))}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True, timeout=limit_s)) as database:
                database.set_progress_handler(limit.passed, STEPS_BETWEEN_LOOKS)
                found = database.execute(question.query, {"account": account}).fetchmany(ROWS_MAX)
        except (sqlite3.Error, OverflowError, ValueError) as error:
            raise HarnessError(self.handed_on.redacted(f"{path}: the query failed: {error}")) from None
        return found

    def _text(self, template: str) -> str:
        return filled(template, self.values)

    def _parsed(self, said: bytes, who: str) -> Any:
        try:
            return orjson.loads(said)
        except ValueError as error:
            raise HarnessError(f"{who} no JSON ({error}): {self.handed_on.begin_of(said)}") from None


def takes_connections(host: str, port: int, limit_s: float) -> bool:
    """Say whether somebody takes connections there."""
    try:
        with socket.create_connection((host, port), timeout=limit_s):
            return True
    except OSError:
        return False
