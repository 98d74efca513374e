"""Runs other people's commands with a limit. Knows nothing of what they are for."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path


class CommandFailed(Exception):  # noqa: N818 - a state of a command, which its caller may shrug off
    """A command that could not be started, ended with an error, or did not end in time; says which.

    ``output``: all that it printed.
    """

    def __init__(self, sentence: str, output: str = "") -> None:
        super().__init__(sentence)
        self.output = output


def run(  # noqa: PLR0913 - each is named at the call site
    command: Sequence[str],
    *,
    limit_s: float,
    environ: Mapping[str, str],
    folder: Path | None = None,
    given: str | None = None,
    apart: bool = False,
) -> str:
    """Run a command to its end and return what it printed. Past the limit its whole process group is killed.

    Without a ``folder`` it starts in the root folder: whatever lies where the caller stands, or that this is gone, is
    nothing to it. ``given`` is its standard input; it has none without. ``apart``: what it says beside its output is
    returned only if it fails.
    """
    try:
        program = str((folder or Path.cwd()) / command[0]) if os.sep in command[0] else command[0]
        process = subprocess.Popen(
            [program, *command[1:]],
            cwd=folder or os.sep,
            stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if apart else subprocess.STDOUT,
            env=dict(environ),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise CommandFailed(f"{command[0]} could not be started ({error})") from None
    try:
        output, beside = process.communicate(None if given is None else given.encode(), timeout=limit_s)
    except subprocess.TimeoutExpired:
        raise CommandFailed(f"{command[0]} had not ended after {limit_s:g} s") from None
    finally:
        # Also after a normal end: whatever the command left running in its group ends with it.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        for end in (process.stdin, process.stdout, process.stderr):
            if end is not None:
                with suppress(OSError):
                    end.close()
    text = output.decode(errors="replace")
    if process.returncode != 0:
        text = (beside or b"").decode(errors="replace") if apart else text
        said = text.strip().splitlines() or ["nothing"]
        raise CommandFailed(f"{command[0]} ended with {process.returncode}, saying: {said[-1][:200]}", text)
    return text
