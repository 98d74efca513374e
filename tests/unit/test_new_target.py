"""The folder that a new target starts from is made whole or not at all, and is a target as it is."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import pytest

from deadair.cli import command
from deadair.model.errors import HarnessError, ScenarioError
from deadair.model.reading import Reading
from deadair.model.verdict import Exit
from deadair.targets.adapters.client import device_client
from deadair.targets.new_target import new_target
from deadair.targets.registry import known_targets
from deadair.targets.request import Answer

PAGE = Path(__file__).parents[2] / "docs/your-own-service.md"

ADAPTER_LINES_MAX = 60


def test_a_new_target_is_one_that_is_taken_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert command(["new", "target", "my-crib"]) == Exit.PASS
    assert capsys.readouterr().out.splitlines() == [
        "made my-crib/adapter.py",
        "made my-crib/service.py",
        "made my-crib/target.yaml",
        "now: deadair conformance my-crib --targets my-crib",
    ]
    target = known_targets([Path("my-crib")])["my-crib"]
    assert target.lacks() == ()
    assert sorted(target.unjudged) == ["backlog", "keeps_out", "shows_age", "status_published"]


def test_its_adapter_is_short_and_its_service_needs_nothing_but_python(tmp_path: Path) -> None:
    new_target("crib", tmp_path)
    assert len((tmp_path / "crib/adapter.py").read_text().splitlines()) <= ADAPTER_LINES_MAX
    service = ast.parse((tmp_path / "crib/service.py").read_text())
    imported = [alias.name for node in ast.walk(service) if isinstance(node, ast.Import) for alias in node.names]
    assert "json" in imported and not [name for name in imported if name.startswith("deadair")]


def test_the_page_says_as_data_what_the_adapter_says_in_python(tmp_path: Path) -> None:
    new_target("crib", tmp_path)
    folder = tmp_path / "crib"
    text = (folder / "target.yaml").read_text()
    (as_data,) = re.findall(r"^```yaml\n(adapter: http\n.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    own = known_targets([folder])["crib"].uploader()
    (folder / "target.yaml").write_text(text.replace("adapter: ./adapter.py:Adapter\n", as_data))
    data = known_targets([folder])["crib"].uploader()
    client, readings = device_client("device-1", "p"), [Reading(60, 100), Reading(120, 101)]
    for one in (own, data):
        assert one.login(client) is None
        upload, read = one.upload(client, readings), one.read(client)
        assert (upload.path, upload.method, read.path, read.method) == (
            "/readings/device-1", "POST", "/readings/device-1", "GET"
        )  # fmt: skip
        assert json.loads(upload.body) == [{"at": 60, "mg_dl": 100}, {"at": 120, "mg_dl": 101}]
        assert one.outcome(Answer(200, b"{}")) == "ok"


@pytest.mark.parametrize("name", ["Crib", "", "a/b", "..", "any", "x" * 61])
def test_a_name_that_no_target_may_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        ScenarioError, match="cannot name a target; write small letters, digits and hyphens, 60 at most"
    ):
        new_target(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_nothing_that_is_there_is_touched(tmp_path: Path) -> None:
    (tmp_path / "crib").write_text("mine")
    with pytest.raises(ScenarioError, match=r"there is a .*crib already; choose another name, or remove it"):
        new_target("crib", tmp_path)
    assert (tmp_path / "crib").read_text() == "mine"


def test_what_cannot_be_written_whole_is_not_left_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(HarnessError, match=r"cannot be made \(No such file or directory\)"):
        new_target("crib", tmp_path / "gone")

    def refuse(self: Path, *_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", refuse)
    with pytest.raises(HarnessError, match="No space left on device"):
        new_target("crib", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_targets_can_be_begun(capsys: pytest.CaptureFixture[str]) -> None:
    assert command(["new", "fault", "quake"]) == Exit.USAGE
    assert capsys.readouterr().err == "deadair: new: there is no kind 'fault'; write `deadair new target NAME`\n"
