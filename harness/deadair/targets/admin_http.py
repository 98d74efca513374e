"""One short question to a target over loopback HTTP, with a limit. Not for the fleet's traffic."""

from __future__ import annotations

import http.client

from deadair.model.environment import Address
from deadair.model.errors import HarnessError
from deadair.targets.request import Answer, Request


def ask(address: Address, request: Request, limit_s: float) -> Answer:
    """Return the answer, whatever its status. Raises HarnessError if there is none.

    One request, one connection: an administrator's call must not inherit a stuck one.
    """
    connection = http.client.HTTPConnection(address.host, address.port, timeout=limit_s)
    try:
        body = request.body or None
        connection.request(request.method, request.path, body=body, headers={"Content-Type": "application/json"})
        answer = connection.getresponse()
        return Answer(answer.status, answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        sentence = f"{request.method} {request.path} on {address} failed: {type(error).__name__}: {error}"
        raise HarnessError(sentence) from error
    finally:
        connection.close()
