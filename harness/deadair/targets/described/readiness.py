"""When a node of a described target is ready: by HTTP, by a socket, by a line of its log, by a program."""

from __future__ import annotations

import re
from pathlib import Path

from deadair.model.errors import HarnessError
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

    def ready(
        self, node: str, section: ReadySection | None, sockets: tuple[str, ...], questions: Questions, site: Site
    ) -> bool:
        """Say whether the node is ready. ``sockets``: those that it serves."""
        try:
            return self._ready(node, section, sockets, questions, site)
        except HarnessError:
            return False

    def _ready(
        self, node: str, section: ReadySection | None, sockets: tuple[str, ...], questions: Questions, site: Site
    ) -> bool:
        if section is not None and section.http is not None:
            return 200 <= questions.http(section.http, site, LIMIT_S).status < 300
        if section is not None and section.log is not None:
            return self._printed(node, section.log, site)
        if section is not None and section.command is not None:
            questions.command(section.command, LIMIT_S)
            return True
        asked = sockets if section is None or section.tcp is None else (section.tcp.socket,)
        addresses = [site.sockets[name] for name in asked]
        return all(takes_connections(address.host, address.port, LIMIT_S) for address in addresses)

    def _printed(self, node: str, pattern: str, site: Site) -> bool:
        if site.logs is None:
            raise HarnessError("nothing that nodes print is written down")
        if node not in self._printed_it:
            said = _since(site.logs / f"{node}.log", self._log_from.get(node, 0))
            if re.search(pattern, said, re.MULTILINE) is None:
                return False
            self._printed_it.add(node)
        return True


def _since(log: Path, begin: int) -> str:
    try:
        with log.open("rb") as stream:
            stream.seek(begin)
            return stream.read(LOG_BYTES_MAX).decode(errors="replace")
    except OSError as error:
        raise HarnessError(f"{log} cannot be read ({error.strerror})") from error
