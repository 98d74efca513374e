"""Compares the simulated engine with the live one and writes docs/parity.md: ``make parity LIVE="DIR ..."``.

Every gate and smoke scenario is run in virtual time: the good build, those with a defect that it is to catch (the
defect says so itself), and the profiles that it is to catch. Live verdicts are read from any trees of run folders;
nothing is run live here, and what has no form in virtual time is *not simulated*. Where the engines differ by more than
the tolerance, ``EXPLAINED`` must say why: a difference that nobody has explained ends with 1, and so does a defect that
is not caught by its own rule and no other.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deadair.judging.format_1 import load_stored, stored_verdict
from deadair.model.environment import Environment
from deadair.model.errors import ScenarioError
from deadair.model.judgement import Judgement
from deadair.model.plural import count
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Verdict
from deadair.reference.defects.catalogue import CATCHES, PROFILES, of_profile
from deadair.reference.defects.defect import Catch
from deadair.scenario.load import load
from deadair.scenario.model import Scenario
from deadair.scenario.shipped import shipped
from deadair.targets.catalogue import TARGETS
from tools.seeds import judged

REPOSITORY = Path(__file__).parents[2]
PAGE = REPOSITORY / "docs/parity.md"
PATHS = tuple(path.name for path in TARGETS["reference"].alert_paths)
MEASURES = (
    "verdict", "violated rules", "silences", "alerted in time", "alerted in time by each", "alerted first by each",
    "time to alert, max",
)  # fmt: skip
LIVE_RUNS_MAX = 5
TOLERANCE_SHARE = 0.1
TOLERANCE_LEAST = 2

EXPLAINED: Mapping[str, str] = {}
"""Why the engines differ there, in a sentence or two; by scenario, build and measure, and what was said of it."""

HEAD = """# The simulated engine beside the live one

Written by `make parity LIVE="DIR ..."` ([harness/tools/parity.py](../harness/tools/parity.py)), which runs each line in
virtual time and reads the verdicts of live runs of the same scenario and build from run folders. Do not edit.

Of several live runs the least and the most is given. *Alerted in time* and *alerted first* are counts of silences, by
the service's push / the sentinel's push / the phone's own timer. *Time to alert, max* is in real-life seconds, from
going blind to the first alert.

Two engines count as the **same** where the verdict and the violated rules are equal in every run, and where each count
of silences lies within 10 % of all silences, and never less than 2, of what was counted live. The longest time to
alert is shown and not compared: live, it has the noise of the machine in it. A scenario for a target that has no form
in virtual time is *not simulated*: its live runs stand alone, and its defects must be caught in them.
"""
NOT_SIMULATED = "not simulated"
FOLDERS = ("gate/", "smoke/")
"""The scenarios that are run in both engines. The others last for hours, or a third of an hour, of real time."""
COMPARED = tuple((defect, catch) for defect, catch in CATCHES if catch.scenario.startswith(FOLDERS))


CAUGHT = """## The planted defects

Each is a part put in place of a good one (`harness/deadair/reference/defects/`, where it says in which real service it
was seen). It is caught where the verdict is *fail* and its own rule is violated and no other.
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario and a build of the target to run it against."""

    scenario: Scenario
    build: str
    defects: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return what people call it."""
        return f"{self.scenario.name}, {self.build}"

    @property
    def can_be_simulated(self) -> bool:
        """Say whether its target has a form in virtual time."""
        return TARGETS[self.scenario.target.name].simulated


@dataclass(frozen=True, slots=True)
class Compared:
    """A case with the judgements of both engines, and the measures in which they differ."""

    case: Case
    live: tuple[Judgement, ...]
    simulated: tuple[Judgement, ...]
    """The one of virtual time; none where the target has no form in it."""
    differences: tuple[str, ...] = field(default=())


def cases() -> Iterator[Case]:
    """Yield what is compared: each scenario's good build, then its defects."""
    for name, path in shipped().items():
        if name.startswith(FOLDERS):
            scenario = load(path)
            yield Case(scenario, "good", ())
            for defect, catch in COMPARED:
                if catch.scenario == name:
                    yield Case(scenario, defect, (defect,))
            for profile, catch in PROFILES.items():
                if catch.scenario == name:
                    yield Case(scenario, f"profile {profile}", of_profile(profile))


# --- what was run live ------------------------------------------------------------------------------------------------


def live_judgements(case: Case, folders: Sequence[RunFolder]) -> tuple[Judgement, ...]:
    """Return the judgements of the newest live runs of this very scenario and build."""
    found = (_live_judgement(case, folder) for folder in folders)
    return tuple(judgement for judgement in found if judgement is not None)[:LIVE_RUNS_MAX]


def run_folders(trees: Iterable[Path]) -> list[RunFolder]:
    """Return all run folders below, the newest first; a link to one is none."""
    paths = {path.parent.resolve() for tree in trees for path in tree.rglob("environment.json")}
    return [RunFolder(path) for path in sorted(paths, key=lambda path: path.name, reverse=True)]


def _live_judgement(case: Case, folder: RunFolder) -> Judgement | None:
    try:
        environment = Environment.model_validate_json(folder.environment.read_bytes())
        if environment.engine != "live" or tuple(sorted(environment.defects)) != case.defects:
            return None
        if _plan(load_stored(folder.scenario)) != _plan(case.scenario):
            return None
        return stored_verdict(folder.verdict.read_bytes())
    except (OSError, ValueError, ScenarioError):
        return None  # unfinished, or not of this version


def _plan(scenario: Scenario) -> Scenario:
    """Return what a scenario does, without what it says of itself: another wording is no other run."""
    return scenario.model_copy(update={"why": ""})


# --- comparing --------------------------------------------------------------------------------------------------------


def compared(case: Case, live: Sequence[Judgement], simulated: Judgement | None) -> Compared:
    """Return both, with the measures in which they differ by more than the tolerance; ``simulated`` may be none."""
    if simulated is None:
        return Compared(case, tuple(live), ())
    differences = []
    for name, words in WORDS.items():
        said = sorted({words(judgement) for judgement in live})
        if any(word != words(simulated) for word in said):
            differences.append(f"{name}: live {' or '.join(said)}, simulated {words(simulated)}")
    tolerance = max(TOLERANCE_LEAST, TOLERANCE_SHARE * simulated.silences.count)
    for name, figure in COUNTS.items():
        counted = [figure(judgement) for judgement in live]
        if counted and not min(counted) - tolerance <= figure(simulated) <= max(counted) + tolerance:
            differences.append(name)
    return Compared(case, tuple(live), (simulated,), tuple(differences))


def _violated(judgement: Judgement) -> str:
    rules = [finding.rule for finding in judgement.findings if finding.verdict is Verdict.FAIL]
    return ", ".join(sorted(rules)) or "none"


def _alerted(path: str) -> Callable[[Judgement], int]:
    return lambda judgement: judgement.alert_paths[path].alerted_in_time if path in judgement.alert_paths else 0


def _first(path: str) -> Callable[[Judgement], int]:
    return lambda judgement: judgement.alert_paths[path].alerted_first if path in judgement.alert_paths else 0


WORDS: Mapping[str, Callable[[Judgement], str]] = {
    "verdict": lambda judgement: str(judgement.verdict),
    "violated rules": _violated,
}
COUNTS: Mapping[str, Callable[[Judgement], int]] = {
    "silences": lambda judgement: judgement.silences.count,
    "alerted in time": lambda judgement: judgement.silences.alerted_in_time,
    **{f"alerted by {path}": _alerted(path) for path in PATHS},
    **{f"first by {path}": _first(path) for path in PATHS},
}


# --- the page ---------------------------------------------------------------------------------------------------------


def page(rows: Sequence[Compared]) -> str:
    """Return docs/parity.md."""
    columns = ["scenario", "build", "live runs"]
    for word in MEASURES:
        columns += [f"{word}, live", "simulated"]
    columns.append("same?")
    lines = [HEAD, f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    lines += [f"| {' | '.join(_cells(row))} |" for row in rows]
    lines += ["", *_defects(rows), "## Where they differ", ""]
    explained = [f"- **{key}**: {EXPLAINED.get(key, 'NOT EXPLAINED')}" for key in keys(rows)]
    return "\n".join([*lines, *(explained or ["Nowhere."]), ""])


def _defects(rows: Sequence[Compared]) -> Iterator[str]:
    """Write the second table."""
    yield from (
        CAUGHT,
        "| defect | scenario | its rule | caught, live | simulated | good service there, live | simulated |",
    )
    yield "|---|---|---|---|---|---|---|"
    by_name = {row.case.name: row for row in rows}
    for defect, catch in COMPARED:
        bad, good = (by_name[f"{_stem(catch)}, {build}"] for build in (defect, "good"))
        cells = [defect, _stem(catch), catch.rule]
        cells += [_caught(catch, bad.live), _in_virtual_time(bad, _caught(catch, bad.simulated))]
        cells.append(_each(str(one.verdict) for one in good.live))
        cells.append(_in_virtual_time(good, _each(str(one.verdict) for one in good.simulated)))
        yield f"| {' | '.join(cells)} |"
    yield ""


def _stem(catch: Catch) -> str:
    return catch.scenario.rpartition("/")[2]


def _caught(catch: Catch, judgements: Sequence[Judgement]) -> str:
    """Say in how many runs a defect was caught by its rule and by no other."""
    caught = sum(is_caught(catch, judgement) for judgement in judgements)
    return f"{caught} of {len(judgements)}" if judgements else "–"


def is_caught(catch: Catch, judgement: Judgement) -> bool:
    """Say whether a run with the defect violated its rule, and no other."""
    return judgement.verdict is Verdict.FAIL and _violated(judgement) == catch.rule


def survivors(rows: Iterable[Compared]) -> Iterator[str]:
    """Yield the defects that some run did not catch as it should."""
    by_name = {f"{_stem(catch)}, {defect}": catch for defect, catch in COMPARED}
    for row in rows:
        catch = by_name.get(row.case.name)
        if catch and not all(is_caught(catch, judgement) for judgement in (*row.live, *row.simulated)):
            yield row.case.name


def keys(rows: Iterable[Compared]) -> list[str]:
    """Return what is to be explained."""
    return [f"{row.case.name}: {difference}" for row in rows for difference in row.differences]


def _cells(row: Compared) -> Iterator[str]:
    yield from (row.case.scenario.name, row.case.build, str(len(row.live)))
    for words in WORDS.values():
        yield from (_each(map(words, row.live)), _in_virtual_time(row, _each(map(words, row.simulated))))
    for name in ("silences", "alerted in time"):
        yield from (_range(map(COUNTS[name], row.live)), _range(map(COUNTS[name], row.simulated)))
    for verb in ("alerted", "first"):
        counts = [COUNTS[f"{verb} by {path}"] for path in PATHS]
        for judgements in (row.live, row.simulated):
            yield " / ".join(_range(map(figure, judgements)) for figure in counts)
    yield from (_range(map(_slowest_s, row.live)), _range(map(_slowest_s, row.simulated)))
    yield _in_virtual_time(row, "not compared" if not row.live else "no" if row.differences else "yes")


def _in_virtual_time(row: Compared, words: str) -> str:
    """Return the words for what virtual time came to, or that it has no such target."""
    return words if row.case.can_be_simulated else NOT_SIMULATED


def _each(words: Iterable[str]) -> str:
    """Return all that was said, with how often where it was not always the same."""
    counts = Counter(words)
    return (
        "".join(counts) or "–"
        if len(counts) < 2
        else "; ".join(f"{word} ({number})" for word, number in counts.items())
    )


def _range(figures: Iterable[float | None]) -> str:
    known = [figure for figure in figures if figure is not None]
    if not known:
        return "–"
    least, most = f"{min(known):g}", f"{max(known):g}"
    return least if least == most else f"{least} to {most}"


def _slowest_s(judgement: Judgement) -> float | None:
    slowest_s = judgement.silences.time_to_alert_s.max
    return None if slowest_s is None else round(slowest_s, 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page; return 1 if a difference is not explained."""
    parser = argparse.ArgumentParser(prog="make parity", description="Compare the engines, into docs/parity.md.")
    parser.add_argument("--live", nargs="*", type=Path, default=[REPOSITORY / "reports"], help="trees of run folders")
    folders = run_folders(parser.parse_args(arguments).live)
    rows = []
    for case in cases():
        live = live_judgements(case, folders)
        simulated = judged(case.scenario, case.defects) if case.can_be_simulated else None
        rows.append(compared(case, live, simulated))
        same = ", ".join(rows[-1].differences) or ("the same" if live else "nothing to compare with")
        same = NOT_SIMULATED if simulated is None else same
        sys.stdout.write(f"{case.name}: {count(len(live), 'live run')}: {same}\n")
        sys.stdout.flush()
    PAGE.write_text(page(rows), encoding="utf-8")
    unexplained = [key for key in keys(rows) if key not in EXPLAINED]
    escaped = list(survivors(rows))
    sys.stdout.write("".join(f"not explained: {key}\n" for key in unexplained))
    sys.stdout.write("".join(f"not caught by its rule alone: {name}\n" for name in escaped))
    return 1 if unexplained or escaped else 0


if __name__ == "__main__":
    sys.exit(main())
