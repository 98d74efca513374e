"""Keeps the secrets that a target is handed on out of what a run leaves behind. Knows no secret's meaning.

While a run lasts its nodes write their logs themselves, and are configured by files with secrets in them. What is left
of a secret there is taken out once they are gone. What a service itself keeps in its data is its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from deadair.model.run_folder import RunFolder
from deadair.targets.handed_on import HandedOn

CONFIGURATION_BYTES_MAX = 1024 * 1024
"""No longer file was written by the harness."""


def redact(folder: RunFolder, handed_on: HandedOn) -> list[str]:
    """Take every secret out of the logs and the configuration of a run that has ended; return what went wrong."""
    wrong = []
    for path in _files(folder) if handed_on.secrets else ():
        try:
            _redact(path, handed_on)
        except OSError as error:
            wrong.append(f"{path} may hold a secret and cannot be rewritten ({error.strerror}): delete it")
    return wrong


def _files(folder: RunFolder) -> Iterator[Path]:
    yield from sorted(folder.logs.glob("*.log"))
    for path in sorted(folder.data.glob("*")):
        if path.is_file() and not path.is_symlink() and path.stat().st_size <= CONFIGURATION_BYTES_MAX:
            yield path


def _redact(path: Path, handed_on: HandedOn) -> None:
    said = path.read_bytes().decode("utf-8", "surrogateescape")
    redacted = handed_on.redacted(said)
    if redacted != said:
        path.write_bytes(redacted.encode("utf-8", "surrogateescape"))
