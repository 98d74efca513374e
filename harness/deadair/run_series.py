"""Runs scenarios one after the other for whoever sits at a terminal, and says what they come to, alone and together.

Imports what it needs when it is called, so that help is quick. Knows no verb and no option.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from deadair.model.report_error import ReportError
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Exit, Verdict, exit_of, worst_exit
from deadair.reporting.terminal_output import explain, in_a_line, say
from deadair.reporting.terminal_width import columns_of
from deadair.run_commands import heed_abort, not_judged, run_one

if TYPE_CHECKING:
    from deadair.model.judgement import Judgement
    from deadair.model.run_folder import RunFolder
    from deadair.scenario.model import Scenario


def run_all(
    scenarios: Sequence[Scenario], options: RunOptions, reports: Path
) -> tuple[Exit, list[tuple[RunFolder, Judgement]]]:
    """Run one after the other; an abort ends them all. Of several, also write what they come to together.

    Whatever goes wrong with one of them, the others are run, their verdicts count, and the gate is written.
    """
    # A name that is no text, such as a folder's, is written down as text all the same.
    command = shlex.join(["deadair", *sys.argv[1:]]).encode("utf-8", "backslashreplace").decode()
    exits: list[Exit] = []
    runs: list[tuple[RunFolder, Judgement]] = []
    unjudged: list[Judgement] = []
    for number, scenario in enumerate(scenarios):
        try:
            folder, judgement, asked = _run_one(scenario, options, reports, command)
        except ReportError as error:
            exits.append(explain(error, scenario.name))
            folder, asked = error.folder, error.folder.abort_request.exists()
            judgement = error.judgement.at_least(Verdict.UNKNOWN, f"no rule was seen violated, but {error}")
        except BaseException as error:  # noqa: BLE001 - whatever it is, it hides nothing that other runs came to
            exits.append(explain(error, scenario.name))
            unjudged.append(not_judged(scenario, options, in_a_line(error)))
            if exits[-1] is Exit.ABORTED:
                unjudged += _not_run(scenarios[number + 1 :], options)
                break
            continue
        runs.append((folder, judgement))
        exits.append(tell_verdict(folder, judgement))
        if asked:
            # Whatever the run itself came to, somebody wants no more of it: the rest is not run, and not green.
            exits.append(Exit.ABORTED)
            unjudged += _not_run(scenarios[number + 1 :], options)
            break
    code = worst_exit(exits)
    return (_gate(reports, runs, unjudged, code) if len(scenarios) > 1 else code), runs


def _run_one(scenario: Scenario, options: RunOptions, reports: Path, command: str) -> tuple[RunFolder, Judgement, bool]:
    """Run one and show it; say whether somebody asked for an abort."""
    from deadair.reporting.live_progress import watch  # noqa: PLC0415

    with watch(sys.stderr) as show:
        folder, judgement = run_one(scenario, options, reports, command, show)
    return folder, *heed_abort(folder, judgement)


def _not_run(scenarios: Sequence[Scenario], options: RunOptions) -> list[Judgement]:
    return [not_judged(each, options, "an abort ended everything before it was run") for each in scenarios]


def _gate(
    reports: Path, runs: Sequence[tuple[RunFolder, Judgement]], unjudged: Sequence[Judgement], code: Exit
) -> Exit:
    """Write what several runs come to; return the exit code, which no trouble with that makes milder."""
    try:
        from deadair.reporting.report_files import write_gate  # noqa: PLC0415

        say(f"all of them: {write_gate(reports, runs, unjudged, code)}")
    except Exception as error:  # noqa: BLE001 - the verdicts count, whatever can be written of them
        return worst_exit([code, explain(error, "the gate's files")])
    return code


def tell_verdict(folder: RunFolder, judgement: Judgement) -> Exit:
    """End the terminal with the verdict."""
    code = exit_of(judgement.verdict)
    try:
        from deadair.reporting.terminal_summary import summarise  # noqa: PLC0415

        say(summarise(judgement, folder, columns_of(sys.stdout)), as_is=True)
    except Exception as error:  # noqa: BLE001 - the verdict counts, whatever can be said of it
        return worst_exit([code, explain(error, judgement.scenario)])
    return code
