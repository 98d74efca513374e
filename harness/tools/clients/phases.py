"""All clients through all flows, in phases: each has a service with settings of its own, all over one folder.

Within a phase the clients go their ways at once. Runs where nothing can leave; the result is one text for each cell.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from deadair.model.errors import HarnessError
from deadair.provision.build_place import Say
from tools.clients import reading_flows, uploading_flows
from tools.clients.driven_client import NoAnswer
from tools.clients.packages import Packages
from tools.clients.reading_flows import SESSION_LIFETIME_S, Stage
from tools.clients.roster import READERS, Starter
from tools.clients.served import Served, served
from tools.clients.uploading_flows import UPLOADERS, UploadStage

NODES = ("gateway", "processor", "watchdog", "notifier", "sentinel")
KILLS = tuple(f"kill of the {node}" for node in NODES)
CALM = ("by name", "by id", "latest", "history", "limits", "wrong password", "revocation", "upload")
COLUMNS = (*CALM[:6], "expiry", "revocation", "upload", *KILLS, "429")
AT_ONCE = 6
NONE = "–"
KNOWN = "its own: "
"""How a cell begins that says what a client does not by itself, whatever a service does."""
PHASES: Mapping[str, tuple[Collection[str], Mapping[str, object]]] = {
    "calm": (CALM, {}),
    "expiry": (("expiry",), {"session_lifetime_s": SESSION_LIFETIME_S}),
    "kills": (KILLS, {}),
    "limit": (("429",), {}),
}

Run = Callable[[threading.Barrier], str]
Cells = dict[tuple[str, str], str]
"""What came of each client's flow, by the client's label and the flow."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which clients and flows; all where nothing is said."""

    clients: Collection[str] = field(default=())
    flows: Collection[str] = field(default=())

    def client(self, label: str) -> bool:
        """Say whether this client is wanted."""
        return not self.clients or any(label.startswith(one) for one in self.clients)

    def flow(self, name: str) -> bool:
        """Say whether this flow is wanted."""
        return not self.flows or name in self.flows


def run_all(folder: Path, packages: Packages, wanted: Wanted, show: Say) -> Cells:
    """Run every phase that is wanted; return all cells, those of flows that a client has not too."""
    cells = {
        (label, column): NONE for label in labels() if wanted.client(label) for column in COLUMNS if wanted.flow(column)
    }
    for phase, (flows, settings) in PHASES.items():
        chosen = [flow for flow in flows if wanted.flow(flow)]
        if not chosen:
            continue
        show(f"{phase}: {', '.join(chosen)}")
        with served(folder / "service", **settings) as service:
            starter = Starter(packages, str(service.line["ca_file"]))
            # A node is killed for all at once; other flows need not wait for each other.
            rounds = [[flow] for flow in chosen] if phase == "kills" else [chosen]
            for one in rounds:
                cells |= _round(service, starter, one, wanted, show)
    return cells


def is_fine(came: str) -> bool:
    """Say whether a cell is ok, also with figures, or of a flow that the client has not."""
    return came == NONE or came.partition(",")[0] == reading_flows.OK


def is_wanted(came: str) -> bool:
    """Say whether a cell is as it can be at best."""
    return is_fine(came) or came.startswith(KNOWN)


def labels() -> list[str]:
    """Return how all clients are called, in the table's order."""
    return [*(spec.label for spec in READERS), *UPLOADERS]


def _round(service: Served, starter: Starter, flows: list[str], wanted: Wanted, show: Say) -> Cells:
    """Run some flows of all clients at once."""
    cells: Cells = {}
    jobs: list[tuple[str, str, Run]] = []
    for spec in READERS:
        for flow in flows if wanted.client(spec.label) else ():
            if ("kill" if flow in KILLS else flow) in spec.flows:
                jobs.append((spec.label, flow, partial(_read, Stage(spec, starter, service, flow))))
    for name in UPLOADERS:
        for flow in flows if wanted.client(name) else ():
            if flow in KILLS or flow in uploading_flows.FLOWS:
                jobs.append((name, flow, partial(_upload, UploadStage(name, service, flow))))
    if not jobs:
        return cells
    killed = flows[0].removeprefix("kill of the ")
    strike = threading.Barrier(len(jobs), action=lambda: service.kill(killed))
    with ThreadPoolExecutor(len(jobs) if killed in NODES else AT_ONCE) as pool:
        for (label, flow, _), came in zip(jobs, pool.map(lambda job: _came(job[2], strike), jobs), strict=True):
            known = next((spec.known.get(flow) for spec in READERS if spec.label == label), None)
            show(f"  {label}, {flow}: {came}")
            cells[label, flow] = f"{KNOWN}{known}" if known and came.startswith(reading_flows.NOT_AGAIN) else came
    return cells


def _read(stage: Stage, strike: threading.Barrier) -> str:
    if stage.flow in KILLS:
        return reading_flows.kill(stage, strike)
    return reading_flows.FLOWS[stage.flow](stage)


def _upload(stage: UploadStage, strike: threading.Barrier) -> str:
    if stage.flow in KILLS:
        return uploading_flows.kill(stage, strike)
    return uploading_flows.FLOWS[stage.flow](stage)


def _came(run: Run, strike: threading.Barrier) -> str:
    try:
        return run(strike)
    except threading.BrokenBarrierError:
        return "not run: another client did not get so far"
    except (NoAnswer, HarnessError) as error:
        strike.abort()
        return str(error)[:200]


def lines_of(cells: Cells) -> Iterator[str]:
    """Yield the table, and below it what came of whatever is not ok."""
    shown = [label for label in labels() if any(one == label for one, _ in cells)]
    columns = [column for column in COLUMNS if (shown[0], column) in cells]
    yield f"| client | {' | '.join(columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    notes: list[str] = []
    for label in shown:
        row = []
        for column in columns:
            came = cells[label, column]
            word, _, more = came.partition(", ") if is_fine(came) else (_word(came), "", came.removeprefix(KNOWN))
            if more:
                notes.append(f"{len(notes) + 1}. {label}, {column}: {more}.")
                word = f"{word} ({len(notes)})"
            row.append(word)
        yield f"| {label} | {' | '.join(row)} |"
    if notes:
        yield ""
        yield from notes


def _word(came: str) -> str:
    if came.startswith(KNOWN):
        return "its own"
    return "not run" if came.startswith("not run") else "**no**"
