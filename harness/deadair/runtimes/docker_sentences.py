"""Turns the errors of Docker's client library into sentences. With ``docker_engine`` the only file that knows it.

The library's own errors are tracebacks of three other libraries. Here each is one sentence, with what to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import requests
from docker.errors import APIError, DockerException, NotFound

from deadair.model.errors import HarnessError

SO_ALREADY = re.compile(r"is not paused|already paused|is not running")
"""What an engine says, and calls an error of its own, where nothing is left to do."""
WAYS = {
    "address pool": "remove networks that nobody uses (`docker network prune`)",
    "no space left": "free some space (`docker system df` says what takes it)",
    "is already in use by container": "remove that container, or run again",
    "iptables": "install iptables, and restart the engine",
}
"""What to do about what an engine says of its machine."""


class NotThere(HarnessError):  # noqa: N818 - an answer of the engine's
    """The engine knows nothing of that name."""


class DoneAlready(HarnessError):  # noqa: N818 - an answer of the engine's
    """What was asked for is so already, or is under way."""


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn whatever the library raises into a sentence. ``what``: what the engine was asked."""
    try:
        yield
    except NotFound as error:
        raise NotThere(f"Docker, asked {what} answered: {_explained(error)}") from error
    except APIError as error:
        kind = DoneAlready if error.status_code in (304, 409) or SO_ALREADY.search(str(error)) else HarnessError
        raise kind(f"Docker, asked {what} answered: {_explained(error)}") from error
    except (DockerException, requests.RequestException, OSError, ValueError, KeyError, TypeError) as error:
        raise HarnessError(_unreachable(what, error)) from error


def _explained(error: APIError) -> str:
    said = " ".join(str(error.explanation or error).split())[:300]
    way = next((way for sign, way in WAYS.items() if sign in said), None)
    return said if way is None else f"{said}: {way}"


def _unreachable(what: str, error: Exception) -> str:
    """Return why there is no answer, and what to do, in a sentence. The library hides that in the text of its own."""
    said = f"{type(error).__name__}: {error}"
    ways = {
        "FileNotFoundError": "there is no Docker engine: install one (`apt-get install docker.io iptables`), start it",
        "ConnectionRefusedError": "the Docker engine does not run: start it (`systemctl start docker`, or `dockerd`)",
        "PermissionError": "this user may not use the Docker engine: join the group `docker`, or run this as root",
        "timed out": "the Docker engine does not answer in time: restart it",
    }
    why = next((way for sign, way in ways.items() if sign in said), None)
    if why is not None:
        return f"{why}; it was asked {what}"
    return f"Docker, asked {what} gave no sound answer ({' '.join(said.split())[:200]}): restart it"
