"""What the verbs of the command line and the pytest plug-in share: take scenarios in, run one, find stored runs.

Prints nothing. Imports the heavy parts when they are needed, so that help stays quick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from deadair.documents.error_text import nearest
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.excerpt import excerpt
from deadair.model.run_folder import RunFolder, in_full
from deadair.model.stored_file import read_stored
from deadair.model.verdict import Verdict

if TYPE_CHECKING:
    from pydantic import BaseModel

    from deadair.model.judgement import Judgement
    from deadair.model.phone_trace import PhoneTrace
    from deadair.model.progress import ShowProgress
    from deadair.model.run_options import RunOptions
    from deadair.scenario.model import Scenario
    from deadair.targets.made_on_demand import MadeOnDemand
    from deadair.targets.target import Target

_Part = TypeVar("_Part", bound="BaseModel")
SUFFIXES = (".yaml", ".yml")


def load_stored_plan(folder: RunFolder, options: RunOptions) -> list[Scenario]:
    """Load the plan of a stored run, also of format 1, to run it again. Raises ScenarioError."""
    from deadair.judging.format_1 import load_stored  # noqa: PLC0415

    return load_all([folder.scenario], options, read=load_stored)


def load_all(
    paths: Sequence[Path],
    options: RunOptions,
    *,
    seed: int | None = None,
    speed: float | None = None,
    read: Callable[[Path, Mapping[str, Target]], Scenario] | None = None,
) -> list[Scenario]:
    """Load every scenario, or refuse them all before anything starts. Raises ScenarioError.

    ``seed`` and ``speed``: instead of the scenarios' own. ``read``: instead of what reads a scenario file of today.
    """
    from deadair.runner import engine_of, plan_for  # noqa: PLC0415
    from deadair.scenario.known_names import refuse_unknown  # noqa: PLC0415
    from deadair.scenario.load import adjusted, load  # noqa: PLC0415

    def read_one(path: Path, targets: Mapping[str, Target]) -> Scenario:
        return load(path, targets=targets, target=options.target, other_speed=speed is not None)

    engine_of(options.engine)
    if options.profile and options.defects:
        raise ScenarioError("--profile and --defect say the same thing in two ways; keep one")
    targets = targets_of(options)
    if options.target is not None:
        known(options.target, targets, "--target: ")
    scenarios, refusals = [], []
    for path in scenario_files(paths):
        try:
            scenario = adjusted((read or read_one)(path, targets), seed=seed, speed=speed, targets=targets)
            target = plan_for(scenario, options.engine, targets).target
            refuse_unknown(target, options.profile, options.defects)
        except ScenarioError as error:
            refusals.append(str(error))
        else:
            scenarios.append(scenario)
    if refusals:
        raise ScenarioError("\n".join(dict.fromkeys(refusals)))
    refuse_doubles([scenario.name for scenario in scenarios])
    return scenarios


def named_folders(given: Sequence[Path]) -> tuple[Path, ...]:
    """Return the folders of targets that the user named, here and in ``deadair.toml``. Raises ScenarioError."""
    from deadair.targets.named_folders import named_folders as found  # noqa: PLC0415

    return found(given)


def targets_of(options: RunOptions) -> MadeOnDemand:
    """Return all targets that scenarios may be run on."""
    from deadair.targets.registry import known_targets  # noqa: PLC0415

    return known_targets(options.target_folders)


def known(name: str, targets: MadeOnDemand, option: str = "") -> Target:
    """Return the target of a name that the command line gave, by an option or not. Raises ScenarioError."""
    if name not in targets:
        raise ScenarioError(f"{option}there is no target {excerpt(name)}{nearest(name, targets)}")
    return targets[name]


def warnings_of(scenario: Scenario, options: RunOptions) -> tuple[str, ...]:
    """Return a line for whatever will or may keep a scenario from a pass, however good the service is."""
    from deadair.scenario.validation import warnings  # noqa: PLC0415

    return tuple(f"warning: {line}" for line in warnings(scenario, targets_of(options)))


def refuse_doubles(names: Sequence[str]) -> None:
    """Raise ScenarioError if two scenarios that are to be run together have one name."""
    if double := next((name for name in names if names.count(name) > 1), None):
        raise ScenarioError(f"{double}: two of the scenarios have this name; rename one, their folders would mix")


def scenario_files(paths: Sequence[Path]) -> Iterator[Path]:
    """Yield the files, as ``load_all`` takes them: a folder stands for those in it.

    What is on disk wins over a name.
    """
    from deadair.scenario.shipped import named  # noqa: PLC0415

    for path in paths:
        if _is(Path.is_dir, path):
            inside = sorted([*path.glob("*.yaml"), *path.glob("*.yml")])
            if not inside:
                raise ScenarioError(f"{path}: no scenario files (*.yaml, *.yml) in this folder; name another")
            yield from inside
        elif path.suffix in SUFFIXES or _is(Path.exists, path):
            yield path
        else:
            yield from named(path.as_posix())


def _is(what: Callable[[Path], bool], path: Path) -> bool:
    """Ask what a path is; what can be no path is nothing."""
    try:
        return what(path)
    except (OSError, ValueError):
        return False


def run_one(
    scenario: Scenario, options: RunOptions, reports: Path, command: str, show: ShowProgress
) -> tuple[RunFolder, Judgement]:
    """Run a scenario to its verdict and reports. Raises HarnessError."""
    from deadair.runner import run_scenario  # noqa: PLC0415

    return run_scenario(scenario, options, reports, command, show)


def heed_abort(folder: RunFolder, judgement: Judgement) -> tuple[Judgement, bool]:
    """Return a run's judgement, and whether somebody asked for its end: then it is no milder than aborted, on disk too.

    Most requests have been carried out and judged by now; this hears one that came while the run was being judged.
    Raises ReportError.
    """
    from deadair.judging.stored_run import asked_to_end  # noqa: PLC0415

    reason = asked_to_end(folder)
    if reason is None:
        return judgement, False
    heeded = judgement.at_least(Verdict.ABORTED, f"aborted: {reason}")
    if heeded is not judgement:
        from deadair.reporting.report_files import report_run  # noqa: PLC0415

        report_run(folder, heeded)
    return heeded, True


def not_judged(scenario: Scenario, options: RunOptions, why: str) -> Judgement:
    """Return what stands in a gate's verdict for a scenario that was asked for and never came to one."""
    from deadair.model.judgement import Judgement, Subject  # noqa: PLC0415

    return Judgement(
        scenario=scenario.name,
        target=scenario.target.name,
        engine=options.engine,
        seed=scenario.seed,
        speed=scenario.speed,
        verdict=Verdict.UNKNOWN,
        why=f"nothing is proved: {why}",
        subject=Subject(version="unknown", command="unknown", configuration_sha256=""),
        history_sha256="",
        replay="",
    )


def run_folder(run: str, reports: Path) -> RunFolder:
    """Find a run by its folder, or the newest one. Raises ScenarioError."""
    root = reports / "latest" if run == "latest" else Path(run)
    folder = RunFolder(in_full(root))
    if not _is(Path.is_file, folder.scenario):
        raise ScenarioError(f"{root}: not a run folder ({_lacking(run, reports, root)}); name one, or `latest`")
    return folder


def _lacking(run: str, reports: Path, root: Path) -> str:
    if run == "latest" and not _is(Path.is_dir, reports):
        return f"{reports} is not a folder"
    return "no run is there yet" if run == "latest" and not _is(Path.exists, root) else "it has no scenario.yaml"


def stored_options(folder: RunFolder) -> RunOptions:
    """Read how a run was made, to make it again. Raises HarnessError."""
    from deadair.model.environment import Environment  # noqa: PLC0415
    from deadair.model.run_options import RunOptions  # noqa: PLC0415

    made = _read(
        folder.environment,
        Environment.model_validate_json,
        "nobody knows how it was made: `deadair run` its scenario.yaml instead",
    )
    # A profile stands for its defects; naming both would be naming them twice.
    return RunOptions(engine=made.engine, profile=made.profile, defects=() if made.profile else made.defects)


def stored_trace(folder: RunFolder) -> PhoneTrace:
    """Read what happened to the phone that a run followed. Raises HarnessError."""
    from deadair.model.phone_trace import PhoneTrace  # noqa: PLC0415

    return _read(
        folder.trace, PhoneTrace.model_validate_json, "`deadair replay RUN --trace phone=N` follows a phone anew"
    )


def _read(path: Path, parse: Callable[[bytes], _Part], way_out: str) -> _Part:
    from deadair.judging.stored_run import short  # noqa: PLC0415

    try:
        return parse(read_stored(path))
    except (OSError, ValueError) as error:
        raise HarnessError(f"{path} cannot be read ({short(error)}); {way_out}") from None


def replayed(stored: RunFolder, before: Judgement, again: RunFolder, after: Judgement) -> tuple[str, ...]:
    """Say how a run came again, a line each. In virtual time it must come again to the last bit."""
    if {before.engine, after.engine} != {"simulated"}:
        return (compared(before, after),)
    from deadair.history.compare import parting  # noqa: PLC0415
    from deadair.history.reader import read  # noqa: PLC0415
    from deadair.reporting.formatting import clock_time  # noqa: PLC0415

    kept = read(stored.history)
    found = parting(kept, read(again.history))
    if found is None:
        return (f"replay: identical, bit for bit (sha256 {after.history_sha256[:12]}…)", compared(before, after))
    kinds = " and then ".join(dict.fromkeys(kind or "nothing" for kind in (found.before, found.after)))
    first = f"at {clock_time(found.at_s)}, {found.who}, {kinds}"
    return (f"replay: differs: the first row that is not the same: {first}", compared(before, after))


def compared(before: Judgement, after: Judgement) -> str:
    """Say how much of a verdict came again."""
    if before.verdict != after.verdict:
        return f"replay: differs: it was {before.verdict}, now it is {after.verdict}"
    violated = [{finding.rule for finding in each.findings if finding.violations} for each in (before, after)]
    if violated[0] != violated[1]:
        was, now = (", ".join(sorted(rules)) or "none" for rules in violated)
        return f"replay: same verdict, other violated rules: they were {was}; now {now}"
    return "replay: same verdict, same violated rules"
