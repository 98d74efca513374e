"""Secrets that a target was handed on are taken out of what its run leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.engines.live import redaction
from deadair.engines.live.redaction import redact
from deadair.model.run_folder import RunFolder
from deadair.targets.handed_on import NOTHING, HandedOn

HANDED_ON = HandedOn({"IMAGE_TAG": "v1"}, {"DB": "db://pass", "LONGER": "db://pass@host"})


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    made = RunFolder(tmp_path)
    made.create()
    made.data.mkdir(exist_ok=True)
    return made


def test_every_secret_is_taken_out_of_logs_and_configuration_and_nothing_else_is_touched(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redaction, "CONFIGURATION_BYTES_MAX", 30)
    own = b"what the service keeps, with db://pass in it"
    said = {
        folder.logs / "crib.log": (b"to db://pass@host v1\n\xff db://pass\n", b"to [LONGER] v1\n\xff [DB]\n"),
        folder.logs / "other.log": (b"nothing of it: v1\n", b"nothing of it: v1\n"),
        folder.data / "crib.conf": (b"url = db://pass", b"url = [DB]"),
        folder.data / "crib.db": (own, own),
    }
    for path, (before, _) in said.items():
        path.write_bytes(before)
    untouched = (folder.logs / "other.log").stat().st_mtime_ns
    assert redact(folder, HANDED_ON) == []
    assert {path: path.read_bytes() for path in said} == {path: after for path, (_, after) in said.items()}
    assert (folder.logs / "other.log").stat().st_mtime_ns == untouched


def test_a_file_that_cannot_be_rewritten_is_named(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    log = folder.logs / "crib.log"
    log.write_text("db://pass")
    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert redact(folder, NOTHING) == []
    (said,) = redact(folder, HANDED_ON)
    assert said == f"{log} may hold a secret and cannot be rewritten (Permission denied): delete it"
