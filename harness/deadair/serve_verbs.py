"""The verb that shows stored runs in a browser. Imports what it needs when it is called, so that help is quick."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deadair.command_table import REPORTS, Reports
from deadair.model.errors import ScenarioError
from deadair.model.verdict import Exit
from deadair.reporting.terminal_output import say

PORTS_MAX = 65_535


def serve(
    *,
    reports: Reports = REPORTS,
    port: Annotated[int, typer.Option(help="On loopback; 0: any that is free.")] = 0,
) -> Exit:
    """Show the stored runs in a browser, on loopback only; Ctrl-C ends it."""
    from deadair.browser.page_server import serve_runs  # noqa: PLC0415

    if not 0 <= port <= PORTS_MAX:
        raise ScenarioError(f"--port: {port} is no port; write 0 to {PORTS_MAX}")
    folder = Path(reports)
    if not folder.is_dir():
        raise ScenarioError(f"--reports: there is no folder {folder}; name the folder that the runs are kept in")
    serve_runs(folder, port, lambda link: say(link, as_is=True))
    return Exit.PASS
