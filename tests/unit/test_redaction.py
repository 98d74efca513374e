"""Secrets that a target was handed on are taken out of what its run leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.engines.live.redaction import redact_logs
from deadair.targets.handed_on import NOTHING, HandedOn

HANDED_ON = HandedOn({"IMAGE_TAG": "v1"}, {"DB": "db://pass", "LONGER": "db://pass@host"})


def test_every_secret_is_taken_out_of_every_log_and_nothing_else_is_touched(tmp_path: Path) -> None:
    for name, said in (("crib.log", b"to db://pass@host v1\n\xff db://pass\n"), ("other.log", b"nothing of it: v1\n")):
        (tmp_path / name).write_bytes(said)
    untouched = (tmp_path / "other.log").stat().st_mtime_ns
    assert redact_logs(tmp_path, HANDED_ON) == []
    assert (tmp_path / "crib.log").read_bytes() == b"to [LONGER] v1\n\xff [DB]\n"
    assert (tmp_path / "other.log").stat().st_mtime_ns == untouched


def test_a_log_that_cannot_be_rewritten_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "crib.log").write_text("db://pass")
    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert redact_logs(tmp_path, NOTHING) == []
    (said,) = redact_logs(tmp_path, HANDED_ON)
    assert said == f"{tmp_path}/crib.log may hold a secret and cannot be rewritten (Permission denied): delete it"
