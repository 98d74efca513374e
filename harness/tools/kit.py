"""Writes the conformance kit's table into docs/your-own-service.md: ``python -m tools.kit FILE...``.

Each file is what ``deadair conformance TARGET --json`` printed. A rung that belongs to one node, link or alert path is
counted with the others of its kind, so that targets with different parts can stand beside each other.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from deadair.conformance.rung import Climb, Rung

PAGE = Path(__file__).parents[2] / "docs/your-own-service.md"
BEGIN = "<!-- kit: written by tools.kit from runs, do not edit -->"
END = "<!-- end of kit -->"
OF_PARTS = {
    "alert by": "alert, each path",
    "cut": "cut, each link",
    "pause": "pause, each node",
    "kill": "kill, each node",
}
"""How the name of a rung begins that a part of the target has, and the line that all of its kind stand in."""


def line_of(rung: Rung) -> str:
    """Return the name of the line that a rung stands in."""
    return next((line for begin, line in OF_PARTS.items() if rung.name.startswith(f"{begin} ")), rung.name)


def cell(rungs: Sequence[Rung]) -> str:
    """Return what stands where a line meets a target."""
    if not rungs:
        return "–"
    if len(rungs) == 1:
        return rungs[0].state
    states = [rung.state for rung in rungs]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


def table(climbs: Sequence[Climb]) -> Iterator[str]:
    """Yield the lines of the table: a row for each kind of rung, a column for each target."""
    lines = list(dict.fromkeys(line_of(rung) for climb in climbs for rung in climb.rungs))
    yield f"| rung | {' | '.join(f'`{climb.target}`' for climb in climbs)} |"
    yield f"|---|{'---|' * len(climbs)}"
    for line in lines:
        cells = (cell([rung for rung in climb.rungs if line_of(rung) == line]) for climb in climbs)
        yield f"| {line} | {' | '.join(cells)} |"
    yield ""
    for climb in climbs:
        for rung in climb.rungs:
            if rung.state != "ok":
                yield f"- `{climb.target}`, {rung.name}: {rung.state}: {rung.came}"


def page_text(page: str, lines: Iterable[str]) -> str:
    """Return the page with the table made anew. Raises ValueError if it has no place for one."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{chr(10).join(lines)}\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(prog="python -m tools.kit", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("files", nargs="+", type=Path)
    climbs = []
    for file in parser.parse_args(arguments).files:
        try:
            climbs.append(Climb.model_validate_json(file.read_bytes()))
        except (OSError, ValidationError) as error:
            sys.stderr.write(f"{file}: not what `deadair conformance --json` prints: {str(error).splitlines()[0]}\n")
            return 64
    PAGE.write_text(page_text(PAGE.read_text("utf-8"), table(climbs)), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
