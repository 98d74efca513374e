"""The verbs that look something up: what the machine has, what there is, what a file may say. They run nothing.

Imports what it needs when it is called, so that help is quick.
"""

from __future__ import annotations

from typing import Annotated

import typer

from deadair.command_table import REPORTS, Reports, Targets
from deadair.model.errors import ScenarioError
from deadair.model.excerpt import excerpt
from deadair.model.run_options import RunOptions
from deadair.model.verdict import Exit
from deadair.reporting.terminal_output import say
from deadair.run_commands import named_folders, targets_of


def doctor(*, targets: Targets = None, reports: Reports = REPORTS) -> Exit:
    """Look at what a run needs, and how to get it."""
    from deadair.provision.doctor import examine  # noqa: PLC0415
    from deadair.scenario.known_names import budgets, lacking  # noqa: PLC0415

    checks, known = examine(reports), targets_of(RunOptions(target_folders=named_folders(targets or ())))
    for each in checks:
        say(f"{each.state:<13} {each.need:<25} {each.found}")
        if each.state in ("missing", "not needed") and each.way:
            say(f"{'':<13} {'':<25} → {each.way}")
    lacks = lacking(known)
    say(*(f"{'missing':<13} {f'target {name}':<25} {lack}" for name, lack in lacks))
    say(
        "",
        "Detection budget: how long, in real life, a target may need to notice a dead or stuck part",
        *budgets(known),
    )
    return Exit.HARNESS if lacks or any(each.state == "missing" for each in checks) else Exit.PASS


def list_(
    topic: Annotated[str | None, typer.Argument(metavar="TOPIC", help="One of them, or nothing for all.")] = None,
    *,
    targets: Targets = None,
) -> Exit:
    """List the faults, rules, targets, defects or scenarios there are."""
    from deadair.scenario.known_names import listed  # noqa: PLC0415

    say(*listed(targets_of(RunOptions(target_folders=named_folders(targets or ()))), topic))
    return Exit.PASS


def schema(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="Of what: `scenario`, `envelope` or `target`.")
    ] = "scenario",
) -> Exit:
    """Print the JSON schema of a scenario file, of an envelope or of a target file."""
    from deadair.documents.error_text import nearest  # noqa: PLC0415
    from deadair.explore.envelope_file import envelope_schema_text  # noqa: PLC0415
    from deadair.scenario.schema import schema_text  # noqa: PLC0415
    from deadair.targets.described.schema import target_schema_text  # noqa: PLC0415

    kinds = {"scenario": schema_text, "envelope": envelope_schema_text, "target": target_schema_text}
    if kind not in kinds:
        raise ScenarioError(f"schema: there is no kind {excerpt(kind)}{nearest(kind, kinds)}")
    say(kinds[kind]().rstrip(), as_is=True)
    return Exit.PASS
