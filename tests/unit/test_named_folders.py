"""The folders of targets that a user names, what is found in them, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from deadair.model.errors import ScenarioError
from deadair.scenario.known_names import listed
from deadair.targets.catalogue import TARGETS
from deadair.targets.named_folders import named_folders
from deadair.targets.registry import known_targets
from tests.unit.target_texts import CRIB, changed, folder_of


def settings(tmp_path: Path, text: str) -> Path:
    (tmp_path / "deadair.toml").write_text(text, encoding="utf-8")
    return tmp_path


def test_folders_of_the_command_line_and_of_the_settings_file_are_named(tmp_path: Path) -> None:
    given = [Path("mine")]
    assert named_folders(given, tmp_path) == (Path("mine"),)
    settings(tmp_path, 'targets = ["theirs", "/absolute"]\n')
    assert named_folders(given, tmp_path) == (Path("mine"), tmp_path / "theirs", Path("/absolute"))
    settings(tmp_path, "# nothing\n")
    assert named_folders((), tmp_path) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("targets = [", "this is not TOML"),
        ("target = []", "unknown key 'target'; did you mean `targets`?"),
        ('targets = "mine"', 'targets: write a list of folders, such as targets = ["my-targets"]'),
        ("targets = [1]", "targets: write a list of folders"),
        ('targets = [""]', "targets: write a list of folders"),
        (f"targets = {['x'] * 101}", "targets: more than 100 folders"),
        ("targets = " + "[" * 50_000, "this is not TOML"),
    ],
)
def test_a_settings_file_is_strict(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        named_folders((), settings(tmp_path, text))
    assert str(caught.value).startswith(f"{tmp_path}/deadair.toml: {expected}")


def test_a_settings_file_that_is_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "deadair.toml")
    with pytest.raises(ScenarioError, match="this is a pipe"):
        named_folders((), tmp_path)


def test_a_folder_holds_targets_or_is_one(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    for named in (tmp_path, folder):
        targets = known_targets([named])
        assert [*targets] == [*TARGETS, "crib"]
        assert targets["crib"].folder == folder
    assert [*known_targets([tmp_path, folder])] == [*TARGETS, "crib"]


def test_a_folder_without_a_target_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"there is no target\.yaml in this folder, nor in one within it"):
        known_targets([tmp_path])
    with pytest.raises(ScenarioError, match="gone is no folder; name the one that your targets' folders are in"):
        known_targets([tmp_path / "gone"])
    (tmp_path / "file").write_text("")
    with pytest.raises(ScenarioError, match="file is no folder"):
        known_targets([tmp_path / "file"])
    with pytest.raises(ScenarioError, match="it cannot be read"):
        known_targets([Path("x" * 5000)])


def test_a_target_that_cannot_be_taken_hides_no_other_and_says_why_when_it_is_asked_for(tmp_path: Path) -> None:
    folder_of(tmp_path)
    folder_of(tmp_path / "broken", "name: crib")
    (tmp_path / "broken/crib").rename(tmp_path / "cot")
    targets = known_targets([tmp_path])
    assert targets["crib"].name == "crib"
    with pytest.raises(ScenarioError, match=r"cot/target\.yaml:1:1: target: `why` is missing; add it"):
        targets["cot"]
    assert any(line.startswith("  cot: cannot be taken: ") for line in listed(targets, "targets"))


def test_two_targets_of_one_name_are_refused_by_their_files(tmp_path: Path) -> None:
    folder_of(tmp_path)
    folder_of(tmp_path / "again")
    (tmp_path / "again/crib").rename(tmp_path / "second")
    with pytest.raises(ScenarioError, match=r"second/target\.yaml: there is a target .crib. already"):
        known_targets([tmp_path])
    folder_of(tmp_path / "own", changed(("name: crib", "name: noop"), text=CRIB))
    with pytest.raises(ScenarioError, match=r"there is a target 'noop' already \(built in\)"):
        known_targets([tmp_path / "own"])
