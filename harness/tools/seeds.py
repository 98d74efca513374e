"""Runs a scenario in virtual time under many seeds, on the good build: ``make seeds``. Each must end with pass.

A seed draws who is in which cohort, when in its period each device and phone has its turn, and every link's delays. A
run that does not pass is a bug of the service, of the model or of a rule: its seed and why are printed, and
``--seeds 1 --from SEED`` runs it again. Nothing is written to disk.

python -m tools.seeds                            3,000 seeds of the flagship, over two processes
python -m tools.seeds SCENARIO --seeds 30        fewer, of another scenario
python -m tools.seeds --defect fifo --seeds 30   of a build with planted defects
python -m tools.seeds --scale 0.1 --limit-s 900  of a tenth of the families before a tenth of the capacity, for 15 min
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from deadair.engines.run_plan import RunPlan
from deadair.model.clock import Deadline
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.judgement import Judgement
from deadair.model.plural import count
from deadair.model.verdict import Verdict
from deadair.runner import try_out
from deadair.scenario.load import load
from deadair.scenario.model import Scenario
from deadair.targets.catalogue import TARGETS

FLAGSHIP = Path(__file__).parents[2] / "scenarios/gate/thanksgiving-2019.yaml"
SEEDS = 3000
PROCESSES = 2
LIMIT_S = 604_800.0
DOUBTS_SHOWN = 3

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one seed went. ``slowest_s``: real-life seconds from a silence's onset to its notification, at the most."""

    seed: int
    verdict: str
    why: str
    slowest_s: float | None
    operations: int


def judged(scenario: Scenario, defects: Sequence[str] = ()) -> Judgement:
    """Run a scenario in memory and return its judgement. Raises HarnessError if it cannot be brought to its end."""
    plan = RunPlan.drawn(scenario, TARGETS[scenario.target.name], defects)
    return try_out(plan, replay=f"python -m tools.seeds --from {scenario.seed} --seeds 1")


def share_of(text: str) -> float:
    """Read a share, above 0 and 1 at the most. Raises ValueError."""
    if not 0 < (share := float(text)) <= 1:
        raise ValueError(text)
    return share


def scaled(scenario: Scenario, share: float) -> Scenario:
    """Return a smaller night with the same ratios: a share of the families before a share of the capacity."""
    plain = scenario.model_dump(mode="json")
    plain["fleet"]["devices"] = max(1, round(plain["fleet"]["devices"] * share))
    plain["target"]["capacity"] = {name: each * share for name, each in plain["target"]["capacity"].items()}
    plain["promises"]["silences"] = int(scenario.silences_promised * share)
    for entry in plain["timeline"]:
        if "readings" in entry["fault"]:
            entry["fault"]["readings"] = max(1, round(entry["fault"]["readings"] * share))
    return Scenario.model_validate(plain)


def outcome(scenario: Scenario, seed: int, *, defects: tuple[str, ...]) -> Outcome:
    """Return how one seed of a scenario went; an error of the engine is an outcome too."""
    try:
        judgement = judged(scenario.model_copy(update={"seed": seed}), defects)
    except HarnessError as error:
        return Outcome(seed, "error", f"{type(error).__name__}: {error}", None, 0)
    slowest_s = judgement.silences.time_to_alert_s.max
    operations = judgement.health.operations
    return Outcome(seed, str(judgement.verdict), _why(judgement), slowest_s, operations)


def _why(judgement: Judgement) -> str:
    doubts = [doubt.what for doubt in judgement.doubts]
    more = [f"and {count(len(doubts) - DOUBTS_SHOWN, 'more doubt')}"] if len(doubts) > DOUBTS_SHOWN else []
    return "; ".join([judgement.why, *doubts[:DOUBTS_SHOWN], *more])


def spread(work: Callable[[int], Result], seeds: Iterable[int], processes: int, limit: Deadline) -> Iterator[Result]:
    """Yield what came of each seed, as they end; once the limit has passed, no other is begun."""
    left = iter(seeds)
    with ProcessPoolExecutor(processes) as pool:

        def begin(count: int) -> set[Future[Result]]:
            return {pool.submit(work, seed) for seed in islice(left, 0 if limit.passed() else count)}

        running = begin(processes)
        while running:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            running |= begin(len(done))
            yield from (each.result() for each in done)


def seeds_of(first: int | None, count: int) -> list[int]:
    """Return the seeds to run: from a given one on, or drawn, always the same."""
    if first is not None:
        return list(range(first, first + count))
    generator = random.Random("seeds")
    return [generator.randrange(2**31) for _ in range(count)]


def summary(all_of: Sequence[Outcome], took_s: float) -> str:
    """Return what all came to, in a line. ``took_s``: real seconds."""
    verdicts = Counter(each.verdict for each in all_of)
    counts = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    slowest = [each.slowest_s for each in all_of if each.slowest_s is not None]
    line = f"{count(len(all_of), 'seed')} in {took_s:.0f} s: {counts}"
    if not slowest:
        return f"{line}; nobody was alerted"
    usual, most = statistics.median(slowest), max(slowest)
    return f"{line}; longest time to alert {usual:.1f} s in the median seed, {most:.1f} s at the most"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the seeds; return 1 if any did not pass, 2 if there is no such night."""
    parser = argparse.ArgumentParser(prog="python -m tools.seeds", description="Run many seeds in virtual time.")
    parser.add_argument("scenario", nargs="?", type=Path, default=FLAGSHIP)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--from", type=int, dest="first", help="the first seed, the others follow it")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--defect", action="append", default=[])
    parser.add_argument("--scale", type=share_of, default=1.0, help="a share of families and capacity, such as 0.1")
    parser.add_argument("--limit-s", type=float, default=LIMIT_S, help="begin no other after so many real seconds")
    said = parser.parse_args(arguments)
    limit = Deadline.after(said.limit_s)
    began = Deadline.after(LIMIT_S)
    try:
        scenario = scaled(load(said.scenario), said.scale)
        RunPlan.drawn(scenario, TARGETS[scenario.target.name], said.defect)
    except ScenarioError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    all_of = []
    work = partial(outcome, scenario, defects=tuple(said.defect))
    for each in spread(work, seeds_of(said.first, said.seeds), said.processes, limit):
        all_of.append(each)
        if each.verdict != Verdict.PASS:
            sys.stdout.write(f"seed {each.seed}: {each.verdict}: {each.why}\n")
            sys.stdout.flush()
    sys.stdout.write(summary(all_of, LIMIT_S - began.left_s()) + "\n")
    return 0 if all(each.verdict == Verdict.PASS for each in all_of) else 1


if __name__ == "__main__":
    sys.exit(main())
