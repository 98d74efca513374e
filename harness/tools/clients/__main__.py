"""``python -m tools.clients``: unmodified clients against the reference over TLS, and what came of it as a table.

It writes ``docs/clients.md``; with ``--only`` or ``--flow`` it prints the table of those alone. Exits 1 if one flow is
not as wanted, 2 if one could not be run. Everything happens in a network of loopback alone: nothing leaves the machine.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from deadair.provision.limited_command import CommandFailed
from tools.clients import sealed
from tools.clients.packages import Packages, packages
from tools.clients.phases import COLUMNS, Cells, Wanted, is_wanted, lines_of, run_all

PAGE = Path(__file__).parents[3] / "docs/clients.md"
BEGIN = "<!-- clients: written by tools.clients, do not edit -->"
END = "<!-- end of clients -->"
RUN_LIMIT_S = 1500.0


def _show(text: str) -> None:
    sys.stderr.write(f"{text}\n")


def provided() -> Packages:
    """Fetch the clients, if they can be run here. Raises CommandFailed that says why not, and OSError."""
    if why := sealed.why_none():
        raise CommandFailed(why)
    return packages(_show)


def driven_cells(found: Packages, wanted: Wanted, folder: Path, *, limit_s: float = RUN_LIMIT_S) -> Cells:
    """Run what is wanted where nothing can leave. Raises CommandFailed that says why not."""
    order = {
        "packages": str(found.folder), "node": found.node,
        "clients": list(wanted.clients), "flows": list(wanted.flows), "folder": str(folder),
    }  # fmt: skip
    command = sealed.command_within([sys.executable, "-m", "tools.clients", "--within", json.dumps(order)])
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        said, _ = process.communicate(timeout=limit_s)
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"the clients were not through in {limit_s:g} s") from None
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        raise CommandFailed(f"the clients could not be run; the log of the service is in {folder}")
    return {(label, column): came for label, column, came in json.loads(said)}


def within(order: str) -> int:
    """Run what is wanted, in a place that is sealed first; print the cells."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    said = json.loads(order)
    folder = Path(said["folder"])
    sealed.seal(folder)
    found = Packages(Path(said["packages"]), said["node"])
    cells = run_all(folder, found, Wanted(said["clients"], said["flows"]), _show)
    sys.stdout.write(json.dumps([[label, column, came] for (label, column), came in cells.items()]))
    return 0


def page_text(page: str, cells: Cells) -> str:
    """Return the page with its table made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n" + "\n".join(lines_of(cells)) + f"\n{END}{after}"


def exit_code(cells: Cells) -> int:
    """Return 0 if all is ok, 1 if something is not as wanted, 2 if something could not be run."""
    states = {came for came in cells.values() if not is_wanted(came)}
    if not states:
        return 0
    return 2 if all(state.startswith("not run") for state in states) else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked; return an exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.clients", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--only", action="append", default=[], metavar="CLIENT", help="only this one; may be repeated")
    parser.add_argument("--flow", action="append", default=[], choices=COLUMNS, help="only this one; may be repeated")
    parser.add_argument("--within", help=argparse.SUPPRESS)
    chosen = parser.parse_args(arguments)
    if chosen.within:
        return within(chosen.within)
    with tempfile.TemporaryDirectory(prefix="share-clients-") as folder:
        try:
            cells = driven_cells(provided(), Wanted(chosen.only, chosen.flow), Path(folder))
        except (CommandFailed, OSError) as error:
            sys.stderr.write(f"{error}\n")
            return 2
    sys.stdout.write("\n".join(lines_of(cells)) + "\n")
    if not chosen.only and not chosen.flow:
        PAGE.write_text(page_text(PAGE.read_text(encoding="utf-8"), cells), encoding="utf-8")
    return exit_code(cells)


if __name__ == "__main__":
    sys.exit(main())
