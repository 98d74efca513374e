"""Removes what runs left in the Docker engine, by the run's label alone, and says what could not be removed.

The order matters: a network or a volume is in use while a container is there, and so is an image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from deadair.model.errors import HarnessError
from deadair.runtimes.docker_engine import LABEL, connected
from deadair.runtimes.docker_images import remove_untagged

ORDER = ("containers", "networks", "volumes", "images")
AT_ONCE = 8
"""Containers that are ended at once: one takes a quarter of a second."""


class RunContainer:
    """A container of a run that somebody else runs, or ran."""

    def __init__(self, socket: str, container: str) -> None:
        self._socket = socket
        self._container = container

    def resume(self) -> None:
        """Let it go on."""
        with connected(self._socket) as engine:
            engine.resume(self._container)

    def stands_still(self) -> bool:
        """Say whether it is paused."""
        with connected(self._socket) as engine:
            return engine.state(self._container).paused


def run_containers(socket: str, run_id: str) -> tuple[RunContainer, ...]:
    """Return every container of a run."""
    with connected(socket) as engine:
        return tuple(RunContainer(socket, one) for one in engine.with_label("containers", f"{LABEL}={run_id}"))


def remove_run(socket: str, run_id: str) -> list[str]:
    """Remove whatever carries a run's label, and what was built without a tag; return what could not be, in words."""
    try:
        with connected(socket) as engine:
            wrong = []
            for what in ORDER:
                ids = engine.with_label(what, f"{LABEL}={run_id}")
                wrong += _each(lambda one, what=what: _removed(socket, what, one), ids)  # type: ignore[misc]
            return [*wrong, *remove_untagged(engine)]
    except HarnessError as error:
        return [f"what the run left in Docker cannot be looked for ({error})"]


def stop_containers(socket: str, containers: Iterable[str], *, limit_s: float) -> list[str]:
    """End containers the orderly way, all at once; return what went wrong."""

    def stop(one: str) -> list[str]:
        try:
            with connected(socket) as engine:
                engine.stop(one, limit_s=limit_s)
        except HarnessError as error:
            return [str(error)]
        return []

    return _each(stop, list(containers))


def _each(remove: Callable[[str], list[str]], ids: list[str]) -> list[str]:
    """Remove several at once; return what went wrong."""
    with ThreadPoolExecutor(AT_ONCE) as several:
        return [wrong for wrongs in several.map(remove, ids) for wrong in wrongs]


def _removed(socket: str, what: str, one: str) -> list[str]:
    """Remove one, by a connection of its own: a client is no good for several threads."""
    try:
        with connected(socket) as engine:
            engine.remove(what, one)
    except HarnessError as error:
        return [str(error)]
    return []
