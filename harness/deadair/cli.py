"""The command line: a table of verbs. Each imports what it needs when it is called, so that help is quick.
Those that run something or look after a run are here, the others in the files named ``*_verbs``.

Exit codes are those of ``deadair.model.verdict.Exit``. Errors are one sentence on stderr, never a traceback.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import deadair
from deadair import baseline_verbs, canary_verbs, explore_verbs, lookup_verbs, serve_verbs, target_verbs
from deadair.command_table import (
    REPORTS,
    Allow,
    Annotations,
    BaselineFile,
    Reports,
    RetryUnknown,
    RunName,
    Targets,
    app,
    verb,
)
from deadair.gate_wish import annotate, gate_wish
from deadair.model.errors import ScenarioError
from deadair.model.report_error import ReportError
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Exit, worst_exit
from deadair.reporting.terminal_output import complain, complain_as_is, explain, say, with_lasting_output
from deadair.reporting.terminal_width import help_columns
from deadair.run_commands import (
    load_all,
    load_stored_plan,
    named_folders,
    replayed,
    run_folder,
    scenario_files,
    stored_options,
    stored_trace,
    targets_of,
    warnings_of,
)
from deadair.run_series import run_all, tell_verdict

if TYPE_CHECKING:
    from deadair.model.judgement import Judgement
    from deadair.model.run_folder import RunFolder
    from deadair.scenario.model import Scenario

ABORT_LIMIT_S = 10.0
INTERRUPTED = 130
"""What Typer makes of a KeyboardInterrupt in a verb; no verb ends with it."""


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"deadair {deadair.__version__}")
        raise typer.Exit


@app.callback()
def _program(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take what is said before a verb."""


@verb()
def run(  # noqa: PLR0913 - one parameter for each option
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="SCENARIO...", help="Files, folders of them, or names such as `smoke/partition`."),
    ],
    *,
    engine: Annotated[str, typer.Option(help="What runs it: `live` or `simulated`.")] = "live",
    profile: Annotated[str | None, typer.Option(help="A named set of the target's planted defects.")] = None,
    defect: Annotated[list[str] | None, typer.Option(help="One planted defect; may be repeated.")] = None,
    target: Annotated[str | None, typer.Option(help="Instead of the scenario's own; for one that fits any.")] = None,
    targets: Targets = None,
    allow: Allow = None,
    seed: Annotated[int | None, typer.Option(help="Instead of the scenario's own.")] = None,
    speed: Annotated[float | None, typer.Option(help="Instead of the scenario's own.")] = None,
    reports: Reports = REPORTS,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the steps; start nothing.")] = False,
    baseline: BaselineFile = None,
    retry_unknown: RetryUnknown = 0,
    annotations: Annotations = None,
) -> Exit:
    """Run scenarios and judge them."""
    folders = named_folders(targets or ())
    options = RunOptions(engine, profile, tuple(defect or ()), target=target, target_folders=folders, allow=allow)
    wish = gate_wish(baseline, retry_unknown, annotations)
    scenarios = load_all(paths, options, seed=seed, speed=speed)
    _warn(scenarios, options)
    if dry_run:
        from deadair.runner import dry_run as steps_of  # noqa: PLC0415

        for scenario in scenarios:
            say(*steps_of(scenario, options.engine, targets_of(options)))
        return Exit.PASS
    series = run_all(scenarios, options, reports, wish)
    if annotations is not None:
        names = [scenario.name for scenario in scenarios]
        annotate(annotations, dict(zip(names, scenario_files(paths), strict=True)), series.judgements, reports)
    return series.code


@verb()
def check(run: RunName, *, reports: Reports = REPORTS) -> Exit:
    """Judge a stored history again; an older judgement is kept beside the new one as verdict.N.json."""
    folder = run_folder(run, reports)
    from deadair.judging.stored_verdict import judge_anew  # noqa: PLC0415

    anew = judge_anew(folder)
    if anew.kept:
        complain(anew.kept)
        return tell_verdict(folder, anew.judgement)
    return _rewrite(folder, anew.judgement)


@verb()
def report(run: RunName, *, reports: Reports = REPORTS) -> Exit:
    """Write a run's reports anew, if its evidence still comes to its verdict."""
    folder = run_folder(run, reports)
    from deadair.judging.stored_verdict import own_judgement  # noqa: PLC0415

    return _rewrite(folder, own_judgement(folder))


@verb()
def replay(  # noqa: PLR0913 - one parameter for each option
    run: RunName,
    *,
    engine: Annotated[str | None, typer.Option(help="`live` or `simulated`, instead of the run's own.")] = None,
    trace: Annotated[str | None, typer.Option(help="Follow one phone: `phone=17`. In virtual time only.")] = None,
    until: Annotated[str | None, typer.Option(help="Where the trace ends: `02:13` of the storm, or `133m`.")] = None,
    targets: Targets = None,
    allow: Allow = None,
    reports: Reports = REPORTS,
) -> Exit:
    """Run a stored plan again and compare.

    A simulated run must come again bit for bit: it ends by saying whether it did, or where it parted. A live replay
    repeats the plan, not the timing: it says whether verdict and violated rules are the same. The exit code is that of
    the new run.
    """
    from deadair.model.phone_trace import wish_of  # noqa: PLC0415

    wish = wish_of(trace, until)
    folder = run_folder(run, reports)
    from deadair.judging.stored_verdict import own_plan  # noqa: PLC0415

    before, made = own_plan(folder), stored_options(folder)
    folders = named_folders(targets or ())
    options = replace(made, engine=engine or made.engine, trace=wish, target_folders=folders, allow=allow)
    scenarios = load_stored_plan(folder, options)
    _warn(scenarios, options)
    series = run_all(scenarios, options, reports)
    for again, after in series.runs:
        try:
            if wish is not None:
                from deadair.reporting.trace_table import print_trace  # noqa: PLC0415

                print_trace(stored_trace(again), sys.stdout)
            say(*replayed(folder, before, again, after))
        except Exception as error:  # noqa: BLE001 - the new run's verdict counts, however the two compare
            return worst_exit([series.code, explain(error)])
    return series.code


@verb()
def abort(run: RunName = "latest", *, reports: Reports = REPORTS) -> Exit:
    """Stop a run, heal everything, keep its history."""
    folder = run_folder(run, reports)
    from deadair.rescue import abort as stop  # noqa: PLC0415

    healing = stop(folder, "asked for by `deadair abort`", limit_s=ABORT_LIMIT_S)
    say(*healing.lines)
    return Exit.PASS if healing.whole else Exit.HARNESS


@verb()
def heal(
    *, reports: Annotated[Path | None, typer.Option(help="Where run folders are kept, if not in `reports`.")] = None
) -> Exit:
    """Heal and end whatever dead runs left."""
    from deadair.rescue import heal as heal_all  # noqa: PLC0415

    if reports is not None and not reports.exists():
        # Where nothing ever ran there is no folder `reports`; one that somebody names is meant to be there.
        raise ScenarioError(f"--reports: there is no {reports}; name the folder that the runs are kept in")
    healing = heal_all(REPORTS if reports is None else reports)
    say(*healing.lines)
    return Exit.PASS if healing.whole else Exit.HARNESS


verb()(lookup_verbs.doctor)
verb("list")(lookup_verbs.list_)
verb()(lookup_verbs.schema)
verb()(explore_verbs.explore)
verb()(canary_verbs.canary)
verb()(baseline_verbs.baseline)
verb()(baseline_verbs.compare)
verb()(serve_verbs.serve)
verb()(target_verbs.conformance)
verb()(target_verbs.new)


# --- beneath the verbs ---------------------------------------------------------------------------------------------


def _warn(scenarios: Sequence[Scenario], options: RunOptions) -> None:
    """Say before anything starts what will or may keep a scenario from a pass, however good the service is."""
    for scenario in scenarios:
        for line in warnings_of(scenario, options):
            complain(line)


def _rewrite(folder: RunFolder, judgement: Judgement) -> Exit:
    from deadair.reporting.report_files import report_run  # noqa: PLC0415

    try:
        for missing in report_run(folder, judgement):
            complain(missing)
    except ReportError as error:
        return worst_exit([explain(error), tell_verdict(folder, judgement)])
    return tell_verdict(folder, judgement)


def command(arguments: Sequence[str]) -> int:
    """Carry out a command line and return its exit code. Nothing escapes: no traceback, and no code but ours."""
    # Typer keeps click's UsageError to itself; it is what its public BadParameter derives from.
    usage_error = typer.BadParameter.__mro__[1]
    try:
        width = help_columns()
        code = int(app(list(arguments), prog_name="deadair", standalone_mode=False, terminal_width=width) or 0)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
        return code
    except BaseException as error:  # noqa: BLE001 - the last line of defence: shown in one line, kept in full
        if isinstance(error, usage_error):
            error.show(said := io.StringIO())  # type: ignore[attr-defined]
            complain_as_is(said.getvalue().rstrip())
            return Exit.USAGE
        return explain(error)


def main() -> int:
    """Carry out the shell's command line, whatever becomes of the output, and return its exit code."""
    return with_lasting_output(lambda: command(sys.argv[1:]))
