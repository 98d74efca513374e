"""The data folder and its files are their owner's alone, and a folder of somebody else's is refused."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deadair.reference.running.folder import FolderRefused, claim_folder


@pytest.fixture(autouse=True)
def own_mask() -> Iterator[None]:
    """What a claim changes of this process is put back."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_new_folder_and_what_is_put_into_it_are_private(tmp_path: Path) -> None:
    data = tmp_path / "some" / "where"
    assert claim_folder(data) == []
    (data / "inbox.sqlite").touch()
    assert (mode(data), mode(data / "inbox.sqlite")) == (0o700, 0o600)


def test_what_was_left_open_wider_is_narrowed_and_told_once(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    for name in ("inbox.sqlite", "inbox.sqlite-wal", "settings.json", "notes"):
        (tmp_path / name).touch(0o644)
    assert sorted(claim_folder(tmp_path)[1:]) == ["inbox.sqlite", "inbox.sqlite-wal", "settings.json"]
    assert mode(tmp_path) == 0o700
    assert mode(tmp_path / "settings.json") == 0o600
    assert mode(tmp_path / "notes") == 0o644, "what is none of ours stays as it is"
    assert claim_folder(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderRefused, match="cannot be used"):
        claim_folder(tmp_path / "file")


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(FolderRefused, match=r"belongs to user \d+, this process is user \d+: run it as \d+, or name"):
        claim_folder(tmp_path)
