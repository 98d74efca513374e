"""``python -m tools.interrupts``: interrupts every verb at random moments, and looks at what is left.

Each must end with 3, or with the code of a verdict that was reached before: no traceback, no process of a run, nothing
in the folder for temporary files. It prints a table and exits 1 if one did not. Moments are counted from the entry
point's first line on; the interpreter's own start is not ours.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from deadair.model.clock import Deadline, pause
from tools.small_scenario import DEADAIR, RUN_LIMIT_S, deadair, processes_of, written

SIGNALS = (signal.SIGINT,) * 6 + (signal.SIGTERM, signal.SIGHUP)
ABORTED = 3
ENDS_WITHIN_S = 60.0
"""How long a command may take to end once it was interrupted, on a busy machine."""
HANDLERS_WITHIN_S = 20.0
LEFT_LIMIT_S = 5.0
LATE_SHARE_MAX = 0.3
"""With more of them too late, the interrupts show too little."""
UGLY = re.compile(r"Traceback|Exception ignored|panicked|^KeyboardInterrupt", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Verb:
    """A command that is interrupted, and how it goes when it is not."""

    name: str
    arguments: tuple[str, ...]
    code: int
    lasts_s: float


@dataclass
class Tally:
    """What came of the interrupts of one verb."""

    codes: Counter[int] = field(default_factory=Counter)
    late: int = 0
    """How many came to a command that had ended before: they show nothing."""
    wrong: list[str] = field(default_factory=list)


def verbs(live: bool) -> dict[str, list[str]]:
    """Return the command lines that are tried, by name. ``{reports}``, ``{new}`` and ``{mini}`` are filled in."""
    if live:
        return {"live run": ["run", "{mini}", "--reports", "{new}"]}
    again = ["--reports", "{reports}"]
    return {
        "run": ["run", "{mini}", "--engine", "simulated", "--reports", "{new}"],
        "check": ["check", "latest", *again],
        "report": ["report", "latest", *again],
        "replay": ["replay", "latest", *again],
        "heal": ["heal", *again],
        "dry run": ["run", "{mini}", "--dry-run"],
        "list": ["list"],
        "help": ["--help"],
    }


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of a proof lies."""

    root: Path

    @property
    def environ(self) -> dict[str, str]:
        """The environment of every command: its temporary files are looked for afterwards."""
        return {**os.environ, "TMPDIR": str(self.root / "tmp"), "XDG_STATE_HOME": str(self.root / "state")}

    def filled(self, arguments: Sequence[str]) -> tuple[str, ...]:
        """Return a command line with the places in it."""
        names = {"mini": self.root / "mini.yaml", "reports": self.root / "reports", "new": self.root / "new"}
        return tuple(argument.format(**names) for argument in arguments)

    def left(self) -> Iterator[str]:
        """Say what an ended command left that it may not leave."""
        limit = Deadline.after(LEFT_LIMIT_S)
        while (pids := processes_of(self.root)) and not limit.passed():
            pause(0.05)
        if pids:
            yield f"processes are left: {pids}"
        for path in (*(self.root / "tmp").iterdir(), *self.root.glob("*/.latest*"), *self.root.glob("state/*/*")):
            yield f"{path.relative_to(self.root)} is left"


def measured(place: Place, name: str, arguments: Sequence[str]) -> Verb:
    """Carry out a command undisturbed, twice, and see how long it takes at the least and how it ends."""
    filled, lasts_s, code = place.filled(arguments), RUN_LIMIT_S, 0
    for _ in range(2):
        shutil.rmtree(place.root / "new", ignore_errors=True)
        limit = Deadline.after(RUN_LIMIT_S)
        code = deadair(filled, place.environ).code
        lasts_s = min(lasts_s, RUN_LIMIT_S - limit.left_s())
    return Verb(name, filled, code, lasts_s)


@dataclass(frozen=True, slots=True)
class Interrupt:
    """What came of one. ``late``: the command had ended before."""

    code: int
    wrong: tuple[str, ...]
    late: bool = False


def interrupted(place: Place, verb: Verb, number: signal.Signals, share: float) -> Interrupt:
    """Interrupt a command after a share of its time; say what came of it."""
    shutil.rmtree(place.root / "new", ignore_errors=True)
    process = subprocess.Popen(
        [*DEADAIR, *verb.arguments], env=place.environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        _wait_for_handlers(process)
        pause(share * verb.lasts_s)
        late = process.poll() is not None
        process.send_signal(number)
        out, err = process.communicate(timeout=ENDS_WITHIN_S + verb.lasts_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return Interrupt(-1, ("it did not end",))
    said = err.decode(errors="replace")
    wrong = [f"exit code {process.returncode}"] if process.returncode not in (ABORTED, verb.code) else []
    wrong += [f"it printed {ugly[0]!r}"] if (ugly := UGLY.search(said + out.decode(errors="replace"))) else []
    if process.returncode == ABORTED and not (said or out).strip():
        wrong.append("it said nothing")
    wrong += place.left()
    if wrong:
        wrong.append(f"stderr: {said[-2000:]}")
    return Interrupt(process.returncode, tuple(wrong), late)


def _wait_for_handlers(process: subprocess.Popen[bytes]) -> None:
    """Wait until the process catches SIGTERM, which Python by itself does not."""
    limit = Deadline.after(HANDLERS_WITHIN_S)
    while process.poll() is None and not limit.passed():
        status = Path(f"/proc/{process.pid}/status").read_text("utf-8")
        caught = next((line for line in status.splitlines() if line.startswith("SigCgt")), "SigCgt: 0")
        if int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        pause(0.0005)


def tried(place: Place, known: Sequence[Verb], count: int, chance: random.Random, limit: Deadline) -> dict[str, Tally]:
    """Interrupt the verbs in turn, ``count`` times in all, as long as there is time."""
    tallies = {verb.name: Tally() for verb in known}
    for number in range(count):
        if limit.passed():
            break
        verb = known[number % len(known)]
        signal_sent, share = chance.choice(SIGNALS), chance.uniform(0.0, 1.05)
        came, tally = interrupted(place, verb, signal_sent, share), tallies[verb.name]
        tally.codes[came.code] += 1
        tally.late += came.late
        if came.wrong:
            tally.wrong.append(f"{signal_sent.name} at {share * verb.lasts_s:.3f} s: {'; '.join(came.wrong)}")
    return tallies


def table(known: Sequence[Verb], tallies: dict[str, Tally]) -> Iterator[str]:
    """Yield a line for each verb, and one for each interrupt that went wrong."""
    yield f"{'verb':<10} {'lasts':>7} {'interrupts':>10} {'3':>5} {'its own':>8} {'too late':>8} {'wrong':>6}"
    for verb in known:
        tally = tallies[verb.name]
        own = tally.codes[verb.code]
        total, aborted, wrong = tally.codes.total(), tally.codes[ABORTED], len(tally.wrong)
        yield f"{verb.name:<10} {verb.lasts_s:>5.1f} s {total:>10} {aborted:>5} {own:>8} {tally.late:>8} {wrong:>6}"
    for verb in known:
        yield from (f"{verb.name}: {wrong}" for wrong in tallies[verb.name].wrong)


@contextmanager
def a_place() -> Iterator[Place]:
    """Yield a place with a scenario and a stored run, and take it away again."""
    with tempfile.TemporaryDirectory(prefix="interrupts-") as folder:
        place = Place(Path(folder).resolve())
        (place.root / "tmp").mkdir()
        arguments: list[str | Path] = [
            "run",
            written(place.root),
            "--engine",
            "simulated",
            "--reports",
            place.root / "reports",
        ]
        ended = deadair(arguments, place.environ)
        if ended.code != 0:
            raise SystemExit(f"the small scenario does not pass undisturbed: {ended.err}")
        yield place


def main() -> int:
    """Interrupt as often as was asked, print the table, and return 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tools.interrupts", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--count", type=int, default=140, help="interrupts of verbs that start no process")
    parser.add_argument("--live", type=int, default=0, help="interrupts of live runs")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit-s", type=float, default=1800.0, help="no interrupt is begun after so many seconds")
    options = parser.parse_args()
    for number in {*SIGNALS}:
        signal.signal(number, signal.SIG_DFL)  # one that is ignored here, as below `nohup`, would be in every command
    chance, limit, wrong = random.Random(options.seed), Deadline.after(options.limit_s), 0
    with a_place() as place:
        for live, count in ((False, options.count), (True, options.live)):
            if not count:
                continue
            known = [measured(place, name, arguments) for name, arguments in verbs(live).items()]
            tallies = tried(place, known, count, chance, limit)
            wrong += sum(len(tally.wrong) for tally in tallies.values())
            done = sum(tally.codes.total() for tally in tallies.values())
            sys.stdout.write("\n".join([*table(known, tallies), f"{done} of {count} done", ""]) + "\n")
            if late := sum(tally.late for tally in tallies.values()):
                sys.stdout.write(f"{late} of them came to a command that had ended\n")
            wrong += done < count or late > LATE_SHARE_MAX * done
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
