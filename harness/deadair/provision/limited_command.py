"""Runs other people's commands, with limits on their time and on what they print. Knows no command's meaning."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from deadair.model.clock import Deadline

PRINTED_BYTES_MAX = 64 * 1024 * 1024
BLOCK_BYTES = 65_536


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
    hide: Callable[[str], str] = str,
) -> str:
    """Run a command to its end and return what it printed. Past a limit its whole process group is killed.

    Without a ``folder`` it starts in the root folder: whatever lies where the caller stands, or that this is gone, is
    nothing to it. ``given`` is its standard input; it has none without. ``apart``: what it says beside its output is
    returned only if it fails. ``hide`` takes out of a refusal what nobody else may see.
    """
    name = hide(command[0])
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
        raise CommandFailed(f"{name} could not be started ({hide(str(error))})") from None
    try:
        output, beside = _talk(process, (given or "").encode(), Deadline.after(limit_s))
    except TimeoutError:
        raise CommandFailed(f"{name} had not ended after {limit_s:g} s") from None
    except OverflowError:
        raise CommandFailed(f"{name} printed more than {PRINTED_BYTES_MAX // (1024 * 1024)} MB") from None
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
        text = beside.decode(errors="replace") if apart else text
        said = hide(text).strip().splitlines() or ["nothing"]
        raise CommandFailed(f"{name} ended with {process.returncode}, saying: {said[-1][:200]}", text)
    return text


def _talk(process: subprocess.Popen[bytes], given: bytes, limit: Deadline) -> tuple[bytes, bytes]:
    """Hand in what it is given; return what it and all that it started print. Raises TimeoutError, OverflowError."""
    said: dict[IO[bytes] | None, bytearray] = {process.stdout: bytearray(), process.stderr: bytearray()}
    with selectors.DefaultSelector() as open_ends:
        for printed in said:
            if printed is not None:
                open_ends.register(printed, selectors.EVENT_READ)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            open_ends.register(process.stdin, selectors.EVENT_WRITE)
        while open_ends.get_map():
            if limit.passed():
                raise TimeoutError
            for key, _ in open_ends.select(limit.left_s()):
                end = cast(IO[bytes], key.fileobj)
                if end is process.stdin:
                    given = _handed_in(end, given)
                    over = not given
                else:
                    part = os.read(end.fileno(), BLOCK_BYTES)
                    said[end] += part
                    over = not part
                if over:
                    open_ends.unregister(end)
                    end.close()
            if sum(map(len, said.values())) > PRINTED_BYTES_MAX:
                raise OverflowError
    try:
        process.wait(limit.left_s())
    except subprocess.TimeoutExpired:
        raise TimeoutError from None
    return bytes(said[process.stdout]), bytes(said[process.stderr])


def _handed_in(end: IO[bytes], given: bytes) -> bytes:
    """Write as much as fits, and return the rest; nothing if nobody listens any more."""
    try:
        return given[os.write(end.fileno(), given[:BLOCK_BYTES]) :]
    except BlockingIOError:
        return given
    except BrokenPipeError:
        return b""
