"""The verb that explores. Imports what it needs when it is called, so that help is quick."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from deadair.command_table import REPORTS, Reports
from deadair.model.errors import ScenarioError, of_disk
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Exit
from deadair.reporting.terminal_output import complain_as_is, say
from deadair.run_commands import targets_of

JOBS_MAX = 256


def explore(  # noqa: PLR0913 - one parameter for each option
    envelope: Annotated[
        str, typer.Argument(metavar="ENVELOPE", help="A file, or the name of one that is shipped.")
    ] = "reference",
    *,
    minutes: Annotated[float | None, typer.Option(help="Draw nights for so long.")] = None,
    nights: Annotated[int | None, typer.Option(help="Draw so many nights.")] = None,
    seed: Annotated[int, typer.Option(help="Every night comes from it and its number.")] = 1,
    first: Annotated[int, typer.Option("--from", help="The number of the first night.")] = 0,
    jobs: Annotated[int | None, typer.Option(help="How many processes; by default one for each core.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Run them on a Dask cluster: tcp://HOST:PORT.")] = None,
    defect: Annotated[list[str] | None, typer.Option(help="One planted defect; may be repeated.")] = None,
    until_found: Annotated[bool, typer.Option("--until-found", help="End at the first night that fails.")] = False,
    shrink_s: Annotated[float, typer.Option(help="Real seconds to make a failing night small in; 0: not at all.")] = 60,
    out: Annotated[Path | None, typer.Option(help="Where what was found is written, if not below the reports.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    reports: Reports = REPORTS,
) -> Exit:
    """Draw nights that nobody wrote, run them in virtual time, and make what fails small."""
    import json  # noqa: PLC0415

    from deadair.explore import exploration_report as report  # noqa: PLC0415
    from deadair.explore.cluster_jobs import refuse_address  # noqa: PLC0415
    from deadair.explore.envelope_file import envelope_named, load_envelope  # noqa: PLC0415
    from deadair.explore.exploration import Order  # noqa: PLC0415
    from deadair.explore.findings import find  # noqa: PLC0415
    from deadair.explore.progress import ProgressLines  # noqa: PLC0415
    from deadair.scenario.known_names import refuse_unknown  # noqa: PLC0415

    if cluster is not None:
        refuse_address(cluster)
    _refuse(minutes=minutes, nights=nights, seed=seed, first=first, jobs=jobs, shrink_s=shrink_s)
    targets, defects = targets_of(RunOptions()), tuple(sorted({*(defect or ())}))
    inside = load_envelope(envelope_named(envelope), targets)
    refuse_unknown(targets[inside.target], None, defects)
    order = Order(
        inside,
        seed,
        defects,
        first=first,
        nights=nights,
        minutes=minutes,
        jobs=jobs or os.cpu_count() or 1,
        stop_at_first=until_found,
        cluster=cluster,
    )
    files = report.Files(_folder(out, reports, seed))
    progress = ProgressLines(complain_as_is, report.progress_line, often=sys.stderr.isatty())
    found, regressions = find(order, files, progress.show, shrink_s=shrink_s, tell=complain_as_is)
    if as_json:
        say(json.dumps(report.as_json(found, regressions, files), indent=1, ensure_ascii=False), as_is=True)
    else:
        say(*report.lines(found, regressions, files), f"all of it: {files.folder}", as_is=True)
    return found.code


def _refuse(  # noqa: PLR0913 - one for each option
    *, minutes: float | None, nights: int | None, seed: int, first: int, jobs: int | None, shrink_s: float
) -> None:
    """Raise ScenarioError for options that make no sense."""
    if minutes is None and nights is None:
        raise ScenarioError("explore: say how long: --minutes N or --nights N")
    if minutes is not None and not 0 < minutes <= 10_080:
        raise ScenarioError(f"--minutes: {minutes:g} is no time; write a number above 0, up to 10080, which is a week")
    if nights is not None and nights < 1:
        raise ScenarioError(f"--nights: {nights} are none; write 1 or more")
    if not 0 <= seed < 2**63:
        raise ScenarioError(f"--seed: {seed} is no seed; write a whole number from 0 on")
    if first < 0:
        raise ScenarioError(f"--from: there is no night {first}; they begin with 0")
    if jobs is not None and not 1 <= jobs <= JOBS_MAX:
        raise ScenarioError(f"--jobs: {jobs} is no number of processes; write 1 to {JOBS_MAX}")
    if not 0 <= shrink_s <= 86_400:
        raise ScenarioError(f"--shrink-s: {shrink_s:g} is no time; write 0 to 86400 seconds")


def _folder(out: Path | None, reports: Path, seed: int) -> Path:
    """Make the folder that it is written to. Raises HarnessError."""
    from deadair.model.clock import utc_stamp  # noqa: PLC0415

    folder = reports / "explorations" / f"{utc_stamp()}-{seed}" if out is None else out
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise of_disk(folder, error) from error
    return folder
