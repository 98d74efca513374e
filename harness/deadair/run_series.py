"""Runs scenarios one after the other for whoever sits at a terminal, and says what they come to, alone and together.

Imports what it needs when it is called, so that help is quick. Knows no verb and no option.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from deadair.gate_wish import GateWish
from deadair.model.errors import DeadAirError
from deadair.model.report_error import ReportError
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Exit, Verdict, exit_of, worst_exit
from deadair.reporting.terminal_output import explain, in_a_line, say
from deadair.reporting.terminal_width import columns_of
from deadair.run_commands import heed_abort, not_judged, run_one

if TYPE_CHECKING:
    from deadair.baselines.baseline import Baseline
    from deadair.model.judgement import Judgement
    from deadair.model.run_folder import RunFolder
    from deadair.scenario.model import Scenario


@dataclass(slots=True)
class Series:
    """What a series of runs has come to."""

    exits: list[Exit] = field(default_factory=list)
    runs: list[tuple[RunFolder, Judgement]] = field(default_factory=list)
    unjudged: list[Judgement] = field(default_factory=list)
    run_again: list[tuple[RunFolder, Judgement]] = field(default_factory=list)
    """Runs that came to nothing and that a later one stands for."""

    @property
    def judgements(self) -> list[Judgement]:
        """Return what everything came to that counts."""
        return [*(judgement for _, judgement in self.runs), *self.unjudged]

    @property
    def code(self) -> Exit:
        """Return the exit code of all of it."""
        return worst_exit(self.exits)


def run_all(scenarios: Sequence[Scenario], options: RunOptions, reports: Path, wish: GateWish | None = None) -> Series:
    """Run one after the other; an abort ends them all. Of several, also write what they come to together.

    Whatever goes wrong with one of them, the others are run, their verdicts count, and the gate is written.
    """
    wish = wish or GateWish()
    # A name that is no text, such as a folder's, is written down as text all the same.
    command = shlex.join(["deadair", *sys.argv[1:]]).encode("utf-8", "backslashreplace").decode()
    series = Series()

    def run(scenario: Scenario) -> tuple[RunFolder, Judgement, bool]:
        return _run_one(scenario, options, reports, command)

    for number, scenario in enumerate(scenarios):
        if not _run_tries(series, scenario, options, run, wish.retry_unknown):
            series.unjudged += [
                not_judged(each, options, "an abort ended everything before it was run")
                for each in scenarios[number + 1 :]
            ]
            break
    if wish.baseline is not None:
        _compare(series, *wish.baseline)
    if len(scenarios) > 1 or wish.wants_files:
        series.exits = [_gate(reports, series)]
    return series


def _run_tries(
    series: Series,
    scenario: Scenario,
    options: RunOptions,
    run: Callable[[Scenario], tuple[RunFolder, Judgement, bool]],
    retries: int,
) -> bool:
    """Run a scenario, again if it came to nothing and may be; say whether others may be run after it."""
    for left in range(retries, -1, -1):
        may_retry = left > 0
        try:
            folder, judgement, asked = run(scenario)
        except ReportError as error:
            series.exits.append(explain(error, scenario.name))
            folder, asked = error.folder, error.folder.abort_request.exists()
            judgement = error.judgement.at_least(Verdict.UNKNOWN, f"no rule was seen violated, but {error}")
            may_retry = False  # the disk is the trouble: another run helps nobody
        except BaseException as error:  # noqa: BLE001 - whatever it is, it hides nothing that other runs came to
            series.exits.append(explain(error, scenario.name))
            series.unjudged.append(not_judged(scenario, options, in_a_line(error)))
            return series.exits[-1] is not Exit.ABORTED
        code = tell_verdict(folder, judgement)
        if may_retry and code is Exit.UNKNOWN and not asked:
            say(f"{scenario.name}: it is run again, for nobody knows what it came to ({left} left)")
            series.run_again.append((folder, judgement))
            continue
        series.runs.append((folder, judgement))
        series.exits.append(code)
        break
    if asked:
        # Whatever the run itself came to, somebody wants no more of it: the rest is not run, and not green.
        series.exits.append(Exit.ABORTED)
    return not asked


def _run_one(scenario: Scenario, options: RunOptions, reports: Path, command: str) -> tuple[RunFolder, Judgement, bool]:
    """Run one and show it; say whether somebody asked for an abort."""
    from deadair.reporting.live_progress import watch  # noqa: PLC0415

    with watch(sys.stderr) as show:
        folder, judgement = run_one(scenario, options, reports, command, show)
    return folder, *heed_abort(folder, judgement)


def _compare(series: Series, name: str, baseline: Baseline) -> None:
    """Hold each run against the baseline, and count what comes of it as one judgement more."""
    from deadair.baselines.comparison import Comparison, against_baseline  # noqa: PLC0415
    from deadair.baselines.comparison_finding import compared  # noqa: PLC0415
    from deadair.baselines.stored_times import times_of  # noqa: PLC0415

    found: list[Comparison] = []
    for folder, judgement in series.runs:
        try:
            found.append(against_baseline(baseline, *times_of(folder, judgement)))
        except DeadAirError as error:
            found.append(Comparison.unknown(judgement.scenario, str(error)))
    for each in found:
        say(f"baseline: {each.scenario}: {each.change.value}: {each.why}")
    judged = compared(found, name)
    series.unjudged.append(judged)
    series.exits.append(exit_of(judged.verdict))


def _gate(reports: Path, series: Series) -> Exit:
    """Write what several runs come to; return an exit code, which no trouble with that makes milder."""
    try:
        from deadair.reporting.report_files import write_gate  # noqa: PLC0415

        again = series.run_again
        say(f"all of them: {write_gate(reports, series.runs, series.unjudged, series.code, run_again=again)}")
    except Exception as error:  # noqa: BLE001 - the verdicts count, whatever can be written of them
        return worst_exit([series.code, explain(error, "the gate's files")])
    return series.code


def tell_verdict(folder: RunFolder, judgement: Judgement) -> Exit:
    """End the terminal with the verdict."""
    code = exit_of(judgement.verdict)
    try:
        from deadair.reporting.terminal_summary import summarise  # noqa: PLC0415

        say(summarise(judgement, folder, columns_of(sys.stdout)), as_is=True)
    except Exception as error:  # noqa: BLE001 - the verdict counts, whatever can be said of it
        return worst_exit([code, explain(error, judgement.scenario)])
    return code
