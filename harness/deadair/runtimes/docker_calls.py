"""One connection to the Docker engine: every call has a limit, and every error is a sentence.

With ``docker_sentences`` the only file that knows the engine's client library.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import docker
from deadair.runtimes.docker_sentences import DoneAlready, NotThere, told

SOCKET = "/var/run/docker.sock"
CALL_LIMIT_S = 5.0
"""Real seconds that a call may take: one that starts a container takes half a second on two cores."""
FIRST_VERSION = "1.40"
"""Of the engine's API, to be asked which it has."""


class DockerCalls:
    """Puts calls to one engine. Raises HarnessError."""

    def __init__(self, path: str = SOCKET, *, limit_s: float = CALL_LIMIT_S) -> None:
        self.socket = path
        self._limit_s = limit_s
        self._client: Any = None

    def version(self) -> str:
        """Return the engine's version: the first call says whether there is one."""
        return str(self._ask("its version", lambda api: api.version()["Version"]))

    def close(self) -> None:
        """Close the connection. Closing twice does nothing."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _heeded(self, what: str, call: Callable[[Any], object], *, limit_s: float | None = None) -> None:
        """Ask for what may be done already."""
        try:
            self._ask(what, call, limit_s=limit_s)
        except (NotThere, DoneAlready):
            return

    def _ask(self, what: str, call: Callable[[Any], Any], *, limit_s: float | None = None) -> Any:
        with told(what):
            api = self._api()
            api.timeout = limit_s or self._limit_s
            return call(api)

    def _another(self, limit_s: float | None) -> Any:
        """Return another client, for a call that may be silent for longer."""
        return _client(self.socket, self._api().api_version, limit_s)

    def _api(self) -> Any:
        """Return the library's client, connected when it is first asked for."""
        if self._client is None:
            with told(f"at {self.socket} for its version,"):
                # The library leaves a socket open where nobody listens, and where its own question is not answered.
                with socket.socket(socket.AF_UNIX) as trying:
                    trying.settimeout(self._limit_s)
                    trying.connect(self.socket)
                first = _client(self.socket, FIRST_VERSION, self._limit_s)
                try:
                    version = str(first.version(api_version=False)["ApiVersion"])
                finally:
                    first.close()
                self._client = _client(self.socket, version, self._limit_s)
        return self._client


def _client(path: str, version: str, limit_s: float | None) -> Any:
    return docker.APIClient(base_url=f"unix://{path}", version=version, timeout=limit_s)
