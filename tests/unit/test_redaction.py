"""Secrets that a target was handed on are taken out of what its run leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest

from deadair.engines.live import redaction
from deadair.engines.live.redaction import redact
from deadair.engines.live.stop_conditions import last_words
from deadair.history.manifest import seal
from deadair.history.reader import read
from deadair.history.recorder import Recorder
from deadair.history.rows import Kind
from deadair.model.clock import RunClock
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


WRITTEN = {"U": 'pä"s\\s%&h@d', "K": "k.(x)+[a]{2}"}
"""Secrets that no language writes as they are."""


@pytest.mark.parametrize(
    "write",
    [
        str,
        json.dumps,
        partial(json.dumps, ensure_ascii=False),
        repr,
        str.encode,
        quote_plus,
        partial(quote, safe=""),
        escape,
    ],
)
def test_a_secret_is_found_as_programs_write_it(write: Callable[[str], Any]) -> None:
    handed_on = HandedOn({}, WRITTEN)
    text = "; ".join(f"{name} = {write(value)}" for name, value in WRITTEN.items())
    redacted = handed_on.redacted(text)
    assert "[U]" in redacted and "[K]" in redacted
    assert not any(part in redacted for part in ("s%", "h@d", "h%40d", "(x)", "28x%29"))


def test_what_is_cut_is_cut_once_no_secret_is_in_it() -> None:
    shown = HandedOn({}, {"U": "p" * 90}).begin_of(b"x" * 190 + b"p" * 90)
    assert shown == repr(b"x" * 190 + b"[U]")


def test_no_row_has_a_secret_in_its_detail(tmp_path: Path) -> None:
    with Recorder(tmp_path, "runner", RunClock.starting_now(speed=1), hide=HANDED_ON.hide) as recorder:
        recorder.add(Kind.TROUBLE, detail="cannot reach db://pass@host")
        recorder.add(Kind.TROUBLE, detail=None)
    seal(tmp_path)
    assert [detail for (detail,) in read(tmp_path).each(Kind.TROUBLE, columns=["detail"])] == [
        "cannot reach [LONGER]",
        None,
    ]
    assert NOTHING.hide is None


def test_the_last_words_of_a_process_are_cut_once_no_secret_is_in_them(folder: RunFolder) -> None:
    (folder.logs / "crib.log").write_bytes(b"before\n" + b"x" * 195 + b"db://pass\n\n")
    assert last_words(folder.logs, "crib", HANDED_ON.redacted) == f", last words: {'x' * 195}[DB]"


def test_a_file_that_cannot_be_rewritten_is_named(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    log = folder.logs / "crib.log"
    log.write_text("db://pass")
    monkeypatch.setattr(Path, "write_bytes", refuse)
    assert redact(folder, NOTHING) == []
    (said,) = redact(folder, HANDED_ON)
    assert said == f"{log} may hold a secret and cannot be rewritten (Permission denied): delete it"
