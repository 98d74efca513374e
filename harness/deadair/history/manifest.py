"""The seal of a run: size and SHA-256 of every file that it is judged by. Knows nothing of what is in them.

It proves that nothing was changed since. It holds no secret, so it does not prove who made it: whoever writes all of a
run folder, and a manifest that agrees with it, has made another run.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deadair.model.regular_file import open_regular
from deadair.model.stored_file import read_stored

MANIFEST = "manifest.json"
PLAN = ("scenario.yaml", "roster.json", "environment.json")
"""What a history is judged by, in the folder above it: of another run, it would judge another night."""
LEDGER = "ledger.jsonl"
"""Grows after the seal, when something is healed late: what it said by then is sealed."""
TRACE = "trace.json"
"""Judges nothing, so it puts nothing in doubt: a trace that is not as sealed is not shown."""
BESIDE = (*PLAN, LEDGER)
"""What the run is judged by, beside its history."""
BROKEN = "is not as it was when the run sealed it"

Fingerprint = list[int | str]
"""A file's size in bytes, and its SHA-256."""


@dataclass(frozen=True, slots=True)
class Seal:
    """What a manifest says of the shards, and of the files beside the history."""

    shards: Mapping[str, Fingerprint]
    beside: Mapping[str, Fingerprint]

    def holds_shard(self, folder: Path, name: str) -> bool:
        """Say whether a shard is as it was sealed."""
        return _is(folder / name, self.shards.get(name))

    def holds(self, folder: Path, name: str) -> bool:
        """Say whether a file beside the history is as it was sealed; one that was not sealed must not be there.

        Runs of before sealed neither ledger nor trace. Such a ledger is taken as it is; such a trace is not.
        """
        path, sealed = folder.parent / name, self.beside.get(name)
        if sealed is None:
            return name == LEDGER or not os.path.lexists(path)
        return _is(path, sealed, grown=name == LEDGER)

    @property
    def ledger_bytes(self) -> int | None:
        """Return how long the ledger was; none if it was not sealed."""
        size = self.beside.get(LEDGER, [None])[0]
        return size if isinstance(size, int) else None


def seal(folder: Path) -> None:
    """Write the manifest over the shards as they lie, and over what they are judged by: bytes and SHA-256 of each.

    It is there whole or not at all, so that a crash in the middle of sealing is no seal. Raises OSError if
    the disk refuses.
    """
    shards = {shard.name: _fingerprint(shard) for shard in sorted(folder.glob("*.arrow"))}
    there = [name for name in (*BESIDE, TRACE) if (folder.parent / name).is_file()]
    beside = {name: _fingerprint(folder.parent / name) for name in there}
    draft = folder / f"{MANIFEST}.draft"
    with draft.open("w") as file:
        json.dump({"format": 1, "shards": shards, "beside": beside}, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / MANIFEST)


def read_seal(folder: Path, torn: list[str]) -> Seal | None:
    """Return what the run sealed; none if it never did, or if what is there is no manifest: then ``torn`` says so."""
    try:
        text = read_stored(folder / MANIFEST).decode("utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        torn.append(f"{MANIFEST}: cannot be read ({getattr(error, 'strerror', None) or 'it is no text in UTF-8'})")
        return None
    try:
        said = json.loads(text)
        shards, beside = (
            {str(name): list(sealed) for name, sealed in files.items()}
            for files in (said["shards"], said.get("beside", {}))
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        torn.append(f"{MANIFEST}: is not a manifest")
        return None
    strange = [name for name in shards if name != Path(name).name or not name.endswith(".arrow")]
    strange += [name for name in beside if name not in (*BESIDE, TRACE)]
    if strange:
        torn.append(f"{MANIFEST}: names {strange[0][:60]!r}, which is no shard of this folder")
        return None
    return Seal(shards, beside)


def _fingerprint(path: Path, size: int | None = None) -> Fingerprint:
    """Return the fingerprint of a file, or of its first ``size`` bytes. Raises OSError."""
    with open_regular(path) as file:
        if size is not None:
            return [size, hashlib.sha256(file.read(size)).hexdigest()]
        return [os.fstat(file.fileno()).st_size, hashlib.file_digest(file, "sha256").hexdigest()]


def _is(path: Path, sealed: Fingerprint | None, *, grown: bool = False) -> bool:
    """Say whether a file has this fingerprint, or if it may have grown, began with it. Its size is asked first."""
    if not sealed or not isinstance(size := sealed[0], int) or size < 0:
        return False
    try:
        there = path.stat().st_size
        if there < size or (there > size and not grown):
            return False
        return _fingerprint(path, size if grown else None) == sealed
    except (OSError, ValueError, OverflowError):
        return False
