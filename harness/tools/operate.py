"""Makes each failure of the disk, the files and the push provider live, and says what is seen of it: docs/operating.md.

    python -m tools.operate [--write] [WORDS …]

A child and a parent live on a whole service on a disk of its own. Once the parent's phone shows a reading, something
fails, and the sensor goes silent a while later: the phone goes blind, and its follower has to be told. Needs root, for
disks of its own. WORDS: only failures that have one of these in their name. The exit code is 1 if anybody was not told.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError
from deadair.reference.running.layout import LAYOUT
from tools.household import Household, Provider, Rang, now_s
from tools.operate_failures import BY_ITSELF, FAILURES, Failure, Scene
from tools.running_postgres import WHY_NONE, RunningPostgres, made_postgres
from tools.small_disk import why_none
from tools.up_on_disk import UpOnDisk, up_on_disk

PAGE = Path(__file__).parents[2] / "docs" / "operating.md"
BEGIN, END = "<!-- by python -m tools.operate -->", "<!-- end -->"
BLIND_AFTER_S = 5.0
SEES_ON_S = 8.0
"""So long the sensor goes on, to see whether readings still come."""
TOLD_LIMIT_S = 25.0
SEEN_LIMIT_S = 15.0
LOOK_EVERY_S = 0.4
SETTINGS = {
    "FOLLOW_ACCOUNT_REQUESTS_PER_S": "null", "FOLLOW_HEARTBEAT_EVERY_S": "0.5", "FOLLOW_DEAD_AFTER_S": "5.0",
    "FOLLOW_PUSH_STUCK_AFTER_S": "3.0", "FOLLOW_CALM_FOR_S": "3.0", "FOLLOW_PUSH_RETRY_S": "0.3",
    "FOLLOW_REQUEST_TIMEOUT_S": "1.0", "FOLLOW_DRAIN_EVERY_S": "0.2", "FOLLOW_DISK_CHECK_EVERY_S": "2.0",
    "FOLLOW_REALARM_EVERY_S": "60.0",
}  # fmt: skip
WORDS = {"service_push": "the watchdog's push", "sentinel_push": "the sentinel's notice", BY_ITSELF: "its own timer"}


@dataclass
class Seen:
    """What a failure looked like. ``whys``: of each node that was not ready; ``late_s``: after going blind, by path."""

    failure: Failure
    whys: dict[str, str] = field(default_factory=dict)
    metrics: set[str] = field(default_factory=set)
    log: list[dict[str, object]] = field(default_factory=list)
    sees_on: bool = False
    late_s: dict[str, float] = field(default_factory=dict)

    @property
    def told(self) -> bool:
        """Whether somebody told the follower who had to."""
        return any(path in self.late_s for path in self.failure.told_by)

    @property
    def whole(self) -> bool:
        """Whether there is nothing to wait for any more."""
        return self.told and BY_ITSELF in self.late_s and bool(self.whys or self.log)

    def look(self, service: UpOnDisk) -> None:
        """Look at every node once."""
        for node in LAYOUT:
            try:
                ready = service.ask_node(node, "/readyz")
                if ready.status != 200:
                    self.whys[node] = str(json.loads(ready.body)["why"])
                metrics = service.ask_node(node, "/metrics").body.decode()
                self.metrics |= set(re.findall(r'^follow_trouble\{what="([^"]+)"\} 1', metrics, re.MULTILINE))
            except (HarnessError, ValueError, KeyError):
                self.whys.setdefault(node, "no answer")

    def hear(self, rang: list[Rang], since_s: float, onset_s: float) -> None:
        """Take down what the phone presented since the failure was made."""
        for what, path, at_s in rang:
            if at_s >= since_s and what in ("alarm", "notice"):
                self.late_s.setdefault(path, at_s - onset_s)


def tried(failure: Failure, parent: Path) -> Seen:
    """Make one failure, and return what was seen."""
    seen, provider = Seen(failure), Provider()
    with (
        _server(failure, parent) as postgres,
        up_on_disk(parent, disk=failure.disk, settings=_settings(postgres)) as service,
    ):
        house = Household(
            service.address("share"), lambda one: service.ask("admin", one), provider, blind_after_s=BLIND_AFTER_S
        )
        with provider.listening(service.address("push")), house.living():
            _until(lambda: house.sees and len(house.acknowledged) > 2, SEEN_LIMIT_S)
            if not house.sees:
                raise HarnessError("the phone of a service that is well shows no reading")
            before, since_s, settled = len(service.log()), now_s(), Deadline.after(failure.settled_s)
            with failure.make(Scene(service, provider, postgres)):
                limit = Deadline.after(SEES_ON_S)
                while not limit.passed():
                    seen.look(service)
                    pause(LOOK_EVERY_S)
                seen.sees_on, house.uploads = house.sees, False
                limit = Deadline.after(TOLD_LIMIT_S)
                while not limit.passed() and not (settled.passed() and seen.whole):
                    seen.hear(house.rang, since_s, house.state.onset_s)
                    seen.log = service.log()[before:]
                    seen.look(service)
                    pause(LOOK_EVERY_S)
    return seen


@contextlib.contextmanager
def _server(failure: Failure, parent: Path) -> Iterator[RunningPostgres | None]:
    """Start a database server where the store is to be on one."""
    if not failure.postgres:
        yield None
        return
    with made_postgres(parent / "server") as postgres:
        postgres.start()
        yield postgres


def _settings(postgres: RunningPostgres | None) -> dict[str, str]:
    return SETTINGS if postgres is None else {**SETTINGS, "FOLLOW_STORE_URL": json.dumps(postgres.url)}


def _until(condition: Callable[[], object], limit_s: float) -> None:
    limit = Deadline.after(limit_s)
    while not condition() and not limit.passed():
        pause(LOOK_EVERY_S)


def row(seen: Seen) -> str:
    """Return a line of the table."""
    parts = []
    by_why: dict[str, list[str]] = {}
    for node, why in sorted(seen.whys.items()):
        by_why.setdefault(_plain(why), []).append(node)
    parts += [f"{', '.join(nodes)}: *{why}*" for why, nodes in by_why.items()]
    remedies = {str(line["remedy"]) for line in seen.log if line["event"] == "trouble"}
    ends = {_plain(str(line["why"])) for line in seen.log if line["event"] in ("cannot start", "cannot go on")}
    aside = {f"{line['file']} was put aside" for line in seen.log if line["event"] == "a corrupt file was put aside"}
    log = "; ".join(sorted(_plain(one) for one in remedies | ends | aside)) or "—"
    metrics = ", ".join(f"`{what}`" for what in sorted(seen.metrics)) or "—"
    told = ", ".join(
        f"{WORDS[path]} {'at once' if late_s < 1.0 else f'after {late_s:.0f} s'}"
        for path, late_s in sorted(seen.late_s.items(), key=lambda one: one[1])
    )
    sees = "new ones come" if seen.sees_on else "none come"
    return f"| {seen.failure.what} | {'<br>'.join(parts) or '—'} | {metrics} | {log} | {sees} | {told} |"


def _plain(words: str) -> str:
    """Return words without what differs from run to run: folders and times."""
    words = re.sub(r"(/[\w.-]+)+/", "", words).replace("|", "/")
    return re.sub(r"\d+(\.\d+)? s\b", "… s", words)


HEAD = (
    "| what fails | `/readyz` of which nodes says | `follow_trouble` | the log says what to do | readings, meanwhile |"
    " who goes blind is told by |\n|---|---|---|---|---|---|"
)


def results(words: list[str]) -> Iterator[Seen]:
    """Make all failures that are asked for, one after another."""
    for failure in FAILURES:
        if not words or any(word in failure.what for word in words):
            with tempfile.TemporaryDirectory(prefix="operate-") as folder:
                yield tried(failure, Path(folder))


def main() -> int:
    """Print the table, and write it into the page if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--write", action="store_true", help="write the table into docs/operating.md")
    parser.add_argument("words", nargs="*", metavar="WORDS")
    given = parser.parse_args()
    if why := why_none(in_file=True) or WHY_NONE:
        sys.stderr.write(f"{why}\n")
        return 4
    rows, untold = [], []
    for seen in results(given.words):
        rows.append(row(seen))
        sys.stdout.write(rows[-1] + "\n")
        sys.stdout.flush()
        untold += [] if seen.told else [seen.failure.what]
    if given.write:
        text = PAGE.read_text("utf-8")
        begin, end = text.index(BEGIN) + len(BEGIN), text.index(END)
        PAGE.write_text(text[:begin] + "\n" + "\n".join([HEAD, *rows]) + "\n" + text[end:], "utf-8")
    sys.stdout.write(f"{len(rows)} failures; not told by whom it had to be: {', '.join(untold) or 'nobody'}\n")
    return 1 if untold else 0


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        sys.exit(main())
