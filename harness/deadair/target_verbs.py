"""The verbs about targets themselves. Imports what it needs when one is called, so that help is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from deadair.command_table import REPORTS, Allow, Reports, Targets
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import excerpt
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Exit
from deadair.reporting.terminal_output import say
from deadair.run_commands import known, named_folders, targets_of


def new(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="What to begin: `target`.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called; its folder is made here.")],
) -> Exit:
    """Begin a target of your own: a folder with a target file, an adapter and a small service that passes."""
    from deadair.targets.new_target import new_target  # noqa: PLC0415

    if kind != "target":
        raise ScenarioError(f"new: there is no kind {excerpt(kind)}; write `deadair new target NAME`")
    files = new_target(name, Path())
    say(*(f"made {path}" for path in files), f"now: deadair conformance {name} --targets {name}")
    return Exit.PASS


def conformance(
    target: Annotated[str, typer.Argument(metavar="TARGET", help="A name that `deadair list targets` shows.")],
    *,
    targets: Targets = None,
    allow: Allow = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the ladder as JSON.")] = False,
    reports: Reports = REPORTS,
) -> Exit:
    """Walk a target up a ladder: what it can, what is missing, and what to do about it."""
    from deadair.conformance.climb import climb  # noqa: PLC0415
    from deadair.conformance.table import lines_of  # noqa: PLC0415
    from deadair.reporting.live_progress import watch  # noqa: PLC0415

    options = RunOptions(target=target, target_folders=named_folders(targets or ()), allow=allow)
    tried = known(target, targets_of(options))
    with watch(sys.stderr) as show:
        climbed = climb(tried, options, reports, show)
    say(*([climbed.model_dump_json(indent=1)] if as_json else lines_of(climbed)), as_is=as_json)
    return climbed.code
