"""A cohort's end of the phones' link, as a plain socket: for tests of what channels hand on."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from deadair.model.environment import Address
from deadair.model.roster import Roster, push_token

LIMIT_S = 10.0


class PhoneLink:
    """What came over it, line by line."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")
        self._came: list[dict[str, Any]] = []

    def next(self) -> tuple[int, dict[str, Any]]:
        """Return the next message: its phone and its data. Raises TimeoutError if none comes."""
        line = self._came.pop(0) if self._came else json.loads(self._lines.readline())
        return line["phone"], line["data"]

    def nothing(self) -> bool:
        """Say whether nothing more lies on the link than the answer to a ping."""
        self._connection.sendall(b'{"ping": 1}\n')
        while "pong" not in (line := json.loads(self._lines.readline())):
            self._came.append(line)
        return not self._came

    def close(self) -> None:
        """End it."""
        self._lines.close()


@contextmanager
def phone_link(address: Address, roster: Roster, cohort: str) -> Iterator[PhoneLink]:
    """Connect as the phones of a cohort do."""
    tokens = {push_token(phone.phone): phone.phone for phone in roster.phones if phone.cohort == cohort}
    with socket.create_connection((address.host, address.port), LIMIT_S) as connection:
        connection.sendall(json.dumps({"cohort": cohort, "tokens": tokens}).encode() + b"\n")
        link = PhoneLink(connection)
        try:
            link.nothing()  # answered: the other side knows the phones now
            yield link
        finally:
            link.close()
