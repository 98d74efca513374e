"""Prints the part of ``requirements.lock`` that a run needs: what the project names, and what that needs in turn.

The lock file holds what development needs, too. Each package in it says by ``# via`` who asked for it. Run it in the
folder of both files, by any Python 3.11: the standard library is all it uses.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9._-]+")
ASKER = re.compile(r"^ {4}# {1,3}(?:via )?([A-Za-z0-9._-]+)", re.MULTILINE)


def pinned(lock: str) -> dict[str, str]:
    """Return each package's lines of a lock file, by its name."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", lock)
    return {found[0]: block for block in blocks if (found := NAME.match(block))}


def needed(blocks: Mapping[str, str], roots: set[str]) -> set[str]:
    """Return the packages that are named, and whatever those ask for."""
    found = roots & blocks.keys()
    while more := {name for name, block in blocks.items() if found & set(ASKER.findall(block))} - found:
        found |= more
    return found


def canonical(requirement: str) -> str:
    """Return the name that a lock file has for a requirement."""
    name = NAME.match(requirement)
    return "" if name is None else re.sub(r"[-_.]+", "-", name[0]).lower()


def main() -> None:
    """Print them; those that are named on the command line, too."""
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    blocks = pinned(Path("requirements.lock").read_text("utf-8"))
    roots = {canonical(one) for one in (*project["dependencies"], *sys.argv[1:])}
    if missing := roots - blocks.keys():
        sys.exit(f"requirements.lock has no {', '.join(sorted(missing))}: run `make lock`")
    sys.stdout.write("".join(blocks[name].rstrip() + "\n" for name in sorted(needed(blocks, roots))))


if __name__ == "__main__":
    main()
