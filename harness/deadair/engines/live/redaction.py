"""Keeps the secrets that a target is handed on out of what a run leaves behind. Knows no secret's meaning.

While a run lasts its nodes write their logs themselves; what they printed of a secret is taken out once they are gone.
"""

from __future__ import annotations

from pathlib import Path

from deadair.targets.handed_on import HandedOn


def redact_logs(logs: Path, handed_on: HandedOn) -> list[str]:
    """Take every secret out of the logs of a run that has ended; return what went wrong, a sentence each."""
    wrong = []
    for log in sorted(logs.glob("*.log")) if handed_on.secrets else ():
        try:
            _redact(log, handed_on)
        except OSError as error:
            wrong.append(f"{log} may hold a secret and cannot be rewritten ({error.strerror}): delete it")
    return wrong


def _redact(log: Path, handed_on: HandedOn) -> None:
    said = log.read_bytes().decode("utf-8", "surrogateescape")
    redacted = handed_on.redacted(said)
    if redacted != said:
        log.write_bytes(redacted.encode("utf-8", "surrogateescape"))
