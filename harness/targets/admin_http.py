"""Short questions to a target over loopback HTTP, each with a limit. Not for the fleet's traffic."""

from __future__ import annotations

import http.client
import json
from typing import Any

from harness.model.environment import Address
from harness.model.errors import HarnessError

READY_LIMIT_S = 1.0
ASK_LIMIT_S = 5.0


class AdminHttp:
    """One request, one connection: an administrator's call must not inherit a stuck one."""

    def ready(self, address: Address) -> bool:
        """Say whether ``/healthz`` answers 200 in time."""
        try:
            return self._ask(address, "GET", "/healthz", None, READY_LIMIT_S)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def get(self, address: Address, path: str) -> Any:
        """Return the JSON answer. Raises HarnessError if there is none."""
        return self._json(address, "GET", path, None, ASK_LIMIT_S)

    def post(self, address: Address, path: str, body: object, *, limit_s: float) -> Any:
        """Send JSON and return the JSON answer. Raises HarnessError if it is refused or does not come."""
        return self._json(address, "POST", path, json.dumps(body).encode(), limit_s)

    def _json(self, address: Address, method: str, path: str, body: bytes | None, limit_s: float) -> Any:
        try:
            status, answer = self._ask(address, method, path, body, limit_s)
            if status == 200:
                return json.loads(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise HarnessError(f"{method} {path} on {address} failed: {type(error).__name__}: {error}") from error
        raise HarnessError(f"{method} {path} on {address} was answered {status}: {answer[:200]!r}")

    @staticmethod
    def _ask(address: Address, method: str, path: str, body: bytes | None, limit_s: float) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(address.host, address.port, timeout=limit_s)
        try:
            connection.request(method, path, body=body, headers={"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
