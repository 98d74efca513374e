"""The whole reference service as one process, ``up``, from its first line to its end. Knows no disk and no client."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from deadair.model.environment import Address
from deadair.model.errors import HarnessError

PROGRAM = (sys.executable, "-m", "deadair.reference")
READY_LIMIT_S = 40.0
CHEAP = {"FOLLOW_PASSWORD_MEMORY_KIB": "8", "FOLLOW_PASSWORD_PASSES": "1"}
"""Passwords that cost little."""


def address_of(line: Mapping[str, Any], name: str) -> Address:
    """Return where a socket is that ``up`` tells of in its line, in the clear."""
    host, _, port = line[f"{name}_url"].removeprefix("http://").partition(":")
    return Address(host=host, port=int(port))


@contextlib.contextmanager
def up_process(
    command: Sequence[str], log_file: Path, variables: Mapping[str, str], *, end_limit_s: float
) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run it; yield its process and what it said when it was ready. It is over afterwards.

    ``variables``: beside those of the caller. Raises HarnessError if it is not up in time, with its log.
    """
    with log_file.open("ab") as log:
        process = subprocess.Popen(
            command, env={**os.environ, **variables}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
            text=True,
        )  # fmt: skip
    assert process.stdout is not None
    late = threading.Timer(READY_LIMIT_S, process.kill)
    late.start()
    try:
        line = process.stdout.readline()
        late.cancel()
        if not line:
            raise HarnessError(f"the service is not up: {log_file.read_text('utf-8')}")
        yield process, json.loads(line)
    finally:
        late.cancel()
        process.terminate()
        try:
            process.wait(end_limit_s)
        finally:
            process.kill()
            rest = process.communicate()[0]
    assert rest == "", "there is one line on standard output and no more"
