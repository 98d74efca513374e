"""The verb that proves the rules by what they catch. Imports what it needs when it is called, so that help is quick."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from deadair.command_table import REPORTS, Reports
from deadair.model.errors import ScenarioError, of_disk
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Exit
from deadair.reporting.terminal_output import complain_as_is, say
from deadair.run_commands import targets_of

JOBS_MAX = 256
NIGHTS_MAX = 10_000


def canary(  # noqa: PLR0913 - one parameter for each option
    *,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast", help="Each defect only where a scenario is held to it, and no scenario that takes long."
        ),
    ] = False,
    nights: Annotated[int, typer.Option(help="Run each build in so many drawn nights, too.")] = 0,
    envelope: Annotated[str, typer.Option(help="In which envelope they are drawn.")] = "reference",
    seed: Annotated[int, typer.Option(help="Every night comes from it and its number.")] = 1,
    defect: Annotated[list[str] | None, typer.Option(help="This planted defect alone; may be repeated.")] = None,
    jobs: Annotated[int | None, typer.Option(help="How many processes; by default one for each core.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    reports: Reports = REPORTS,
) -> Exit:
    """Run every planted defect through the scenarios, in virtual time: each must be caught by its own rule."""
    import json  # noqa: PLC0415

    from deadair.canary import matrix_text  # noqa: PLC0415
    from deadair.canary.canary import matrix_plan, run  # noqa: PLC0415
    from deadair.canary.cell_run import TARGET  # noqa: PLC0415
    from deadair.explore.envelope_file import envelope_named, load_envelope  # noqa: PLC0415
    from deadair.explore.progress import ProgressLines  # noqa: PLC0415
    from deadair.scenario.known_names import refuse_unknown  # noqa: PLC0415

    _refuse(nights=nights, seed=seed, jobs=jobs)
    targets, wanted = targets_of(RunOptions()), tuple(defect or ())
    refuse_unknown(targets[TARGET], None, wanted)
    inside = load_envelope(envelope_named(envelope), targets) if nights else None
    try:
        reports.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise of_disk(reports, error) from error
    matrix = run(
        matrix_plan(wanted=wanted, fast=fast, nights=nights),
        jobs=jobs or os.cpu_count() or 1,
        log=reports / "canary.log",
        show=ProgressLines(complain_as_is, matrix_text.progress_line, often=True).show,
        envelope=inside,
        seed=seed,
    )
    if as_json:
        say(json.dumps(matrix_text.as_json(matrix), indent=1, ensure_ascii=False), as_is=True)
    else:
        say(*matrix_text.lines(matrix), as_is=True)
    return matrix.code


def _refuse(*, nights: int, seed: int, jobs: int | None) -> None:
    """Raise ScenarioError for options that make no sense."""
    if not 0 <= nights <= NIGHTS_MAX:
        raise ScenarioError(f"--nights: {nights} is no number of nights; write 0 to {NIGHTS_MAX}")
    if not 0 <= seed < 2**63:
        raise ScenarioError(f"--seed: {seed} is no seed; write a whole number from 0 on")
    if jobs is not None and not 1 <= jobs <= JOBS_MAX:
        raise ScenarioError(f"--jobs: {jobs} is no number of processes; write 1 to {JOBS_MAX}")
