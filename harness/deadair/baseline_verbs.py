"""The verbs about baselines: one makes a baseline of runs, one holds two runs against each other.

Imports what it needs when it is called, so that help is quick.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deadair.command_table import REPORTS, Reports, RunName
from deadair.model.verdict import Exit, exit_of
from deadair.reporting.terminal_output import say
from deadair.run_commands import run_folder


def baseline(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Run folders that passed, three of a plan.")],
    *,
    reports: Reports = REPORTS,
) -> Exit:
    """Print a baseline made of runs that passed, three at least of each scenario: commit it for `run --baseline`."""
    from deadair.baselines.baseline import baseline_of  # noqa: PLC0415
    from deadair.baselines.stored_times import stored_times  # noqa: PLC0415

    made = baseline_of([stored_times(run_folder(run, reports)) for run in runs])
    say(made.model_dump_json(indent=1), as_is=True)
    return Exit.PASS


def compare(
    before: RunName,
    after: RunName,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    page: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write it as a page.")] = None,
    reports: Reports = REPORTS,
) -> Exit:
    """Hold a run against an earlier one: verdict, rules, and how soon it alerted. Later is exit code 1."""
    import json  # noqa: PLC0415

    from deadair.baselines.two_runs import two_runs  # noqa: PLC0415

    held = two_runs(run_folder(before, reports), run_folder(after, reports))
    if page is not None:
        from deadair.reporting.comparison_page import write_page  # noqa: PLC0415

        compared = held.comparison
        write_page(page, held.runs, held.rows, title=compared.change.value, verdict=compared.verdict, why=compared.why)
    if as_json:
        say(json.dumps(held.as_json(), indent=1, ensure_ascii=False), as_is=True)
    else:
        say(*held.lines(), as_is=True)
    return exit_of(held.comparison.verdict)
