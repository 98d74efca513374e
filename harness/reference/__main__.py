"""``python -m harness.reference NODE --data DIR``: one node as a process, configured by ``DIR/settings.json``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uvloop

from harness.reference.live import LiveEnv, serve
from harness.reference.settings import read_settings
from harness.reference.wiring import NODES


async def _run(name: str, data: Path) -> None:
    settings = read_settings(data / "settings.json")
    env = LiveEnv(data, settings)
    try:
        await serve(NODES[name](env, settings), settings)
    finally:
        await env.close()


def main() -> int:
    """Run a node until it is told to stop; the exit code is 0 then, 1 if it could not start or crashed."""
    parser = argparse.ArgumentParser(prog="python -m harness.reference", description=__doc__)
    parser.add_argument("node", choices=sorted(NODES))
    parser.add_argument("--data", type=Path, required=True, help="folder with settings.json and the databases")
    arguments = parser.parse_args()
    try:
        uvloop.run(_run(arguments.node, arguments.data))
    except (ValueError, OSError) as error:
        print(f"{arguments.node}: {error}", file=sys.stderr)  # noqa: T201 - this is its log
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
