"""The one list of runtimes. Engine, guardian and ``heal`` read it, and no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from deadair.injectors.injector_entry import Pausable
from deadair.model.errors import HarnessError
from deadair.runtimes.attached import Attached, check_attached
from deadair.runtimes.compose_runtime import ComposeServices, check_compose
from deadair.runtimes.docker_calls import SOCKET
from deadair.runtimes.docker_cleanup import remove_run, run_containers
from deadair.runtimes.docker_engine import connected, socket_of
from deadair.runtimes.docker_runtime import DockerContainers
from deadair.runtimes.processes import Processes
from deadair.runtimes.runtime import NodeRuntime, PlannedRun, RunMarks

RuntimeFacts = Mapping[str, object]
"""What the ledger's line about a run's runtime says, besides its name."""


@dataclass(frozen=True, slots=True)
class RuntimeEntry:
    """One runtime."""

    name: str
    """As targets name it, and ledgers: it never changes."""
    make: Callable[[RunMarks], NodeRuntime]
    """Makes it for one run; does nothing yet. Raises HarnessError where it cannot be had."""
    check: Callable[[PlannedRun], RuntimeFacts]
    """Refuses what cannot be run before anything starts; says what whoever cleans up has to know.

    Raises HarnessError, and ScenarioError for what the user has to mend or allow.
    """
    remove: Callable[[str, RuntimeFacts], list[str]]
    """Removes what a run left, by its id and the ledger's line; returns what could not be, a sentence each."""
    lives: Callable[[str, RuntimeFacts], Sequence[Pausable]] = lambda run_id, said: ()
    """Returns the nodes of a run that are no processes with its marker."""


def _check_docker(planned: PlannedRun) -> RuntimeFacts:
    socket = socket_of()
    with connected(socket) as engine:
        return {"socket": socket, "engine": engine.version()}


def _check_compose(planned: PlannedRun) -> RuntimeFacts:
    facts = _check_docker(planned)
    return {**facts, "compose": check_compose(planned, _socket(facts))}


def _socket(said: RuntimeFacts) -> str:
    return str(said.get("socket") or SOCKET)


def _check_attached(planned: PlannedRun) -> RuntimeFacts:
    check_attached(planned)
    return {}


_LISTED = (
    RuntimeEntry("attached", Attached, _check_attached, lambda run_id, said: []),
    RuntimeEntry(
        "compose",
        lambda marks: ComposeServices(marks, socket_of()),
        _check_compose,
        lambda run_id, said: remove_run(_socket(said), run_id),
        lambda run_id, said: run_containers(_socket(said), run_id),
    ),
    RuntimeEntry(
        "docker",
        lambda marks: DockerContainers(marks, socket_of()),
        _check_docker,
        lambda run_id, said: remove_run(_socket(said), run_id),
        lambda run_id, said: run_containers(_socket(said), run_id),
    ),
    RuntimeEntry("processes", Processes, lambda planned: {}, lambda run_id, said: []),
)
RUNTIMES: dict[str, RuntimeEntry] = {entry.name: entry for entry in _LISTED}
"""All of them, by name."""


def runtime_entry(name: str) -> RuntimeEntry:
    """Return a runtime. Raises HarnessError if this version has none of that name."""
    entry = RUNTIMES.get(name)
    if entry is None:
        raise HarnessError(f"this version has no runtime {name!r}; it has {', '.join(RUNTIMES)}")
    return entry
