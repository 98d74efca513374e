"""When a node of a described target is ready: by HTTP, by a socket, by a line of its log, by a program."""

from __future__ import annotations

import re
from pathlib import Path

from deadair.model.errors import HarnessError
from deadair.model.excerpt import excerpt
from deadair.targets.described.node_section import ReadySection
from deadair.targets.described.questions import Questions, takes_connections
from deadair.targets.target import Site

LIMIT_S = 1.0
LOG_BYTES_MAX = 64 * 1024 * 1024
"""Of a log since the node's start: what is further on is not looked at."""


class Readiness:
    """Says whether nodes are ready. ``started`` is to be told of each start: only what is printed after it counts."""

    def __init__(self) -> None:
        self._log_from: dict[str, int] = {}
        self._printed_it: set[str] = set()

    def started(self, node: str, site: Site) -> None:
        """Note where the log of the node's new life begins."""
        self._printed_it.discard(node)
        if site.logs is not None:
            log = site.logs / f"{node}.log"
            self._log_from[node] = log.stat().st_size if log.exists() else 0

    def demand(
        self, node: str, section: ReadySection | None, sockets: tuple[str, ...], questions: Questions, site: Site
    ) -> None:
        """Raise HarnessError if the node is not ready, which says why. ``sockets``: those that it serves."""
        if section is not None and section.http is not None:
            answer = questions.http(section.http, site, LIMIT_S)
            if not 200 <= answer.status < 300:
                where = f"{section.http.method} {section.http.path}"
                said = questions.handed_on.begin_of(answer.body)
                raise HarnessError(f"{where} was answered {answer.status}: {said}")
        elif section is not None and section.log is not None:
            self._demand_line(node, section.log, site)
        elif section is not None and section.command is not None:
            questions.command(section.command, LIMIT_S)
        else:
            for name in sockets if section is None or section.tcp is None else (section.tcp.socket,):
                address = site.sockets[name]
                if not takes_connections(address.host, address.port, LIMIT_S):
                    raise HarnessError(f"nobody takes connections at {address}, the socket {name}")

    def _demand_line(self, node: str, pattern: str, site: Site) -> None:
        if site.logs is None:
            raise HarnessError("nothing that nodes print is written down")
        if node not in self._printed_it:
            said = _since(site.logs / f"{node}.log", self._log_from.get(node, 0))
            if re.search(pattern, said, re.MULTILINE) is None:
                raise HarnessError(f"it has printed no line that {excerpt(pattern)} finds")
            self._printed_it.add(node)


def _since(log: Path, begin: int) -> str:
    try:
        with log.open("rb") as stream:
            stream.seek(begin)
            return stream.read(LOG_BYTES_MAX).decode(errors="replace")
    except OSError as error:
        raise HarnessError(f"{log} cannot be read ({error.strerror})") from error
