"""An adapter by its name, or a class in a file of the user's: found and made, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.model.errors import DeadAirError
from deadair.targets.adapters import own_class
from deadair.targets.adapters.catalogue import ADAPTERS, AdapterSections, adapter_of
from deadair.targets.adapters.http_section import HttpSection
from tests.unit.test_http_adapter import SMALL

GOOD = '''
from collections.abc import Sequence
from deadair.model.reading import Reading
from deadair.targets.adapters.client import Client
from deadair.targets.request import Answer, Request


class Adapter:
    """As small as an adapter gets."""

    batch_readings_max = 1
    queue_readings_max = 288

    def login(self, client: Client) -> Request | None:
        return None

    def session(self, client: Client, answer: Answer) -> str | None:
        return None

    def upload(self, client: Client, readings: Sequence[Reading]) -> Request:
        return Request(f"/{client.account}", b"%d %d" % readings[0])

    def outcome(self, answer: Answer) -> str:
        return "ok" if answer.status == 200 else "fail"

    def poll(self, client: Client) -> Request:
        return Request(f"/{client.patient}", method="GET")

    def newest(self, answer: Answer) -> Reading | None:
        return Reading(*map(int, answer.body.split())) if answer.body else None
'''


def refused(name: str, folder: Path) -> str:
    with pytest.raises(DeadAirError) as error:
        adapter_of(name, AdapterSections(folder, {}))
    return str(error.value)


def test_a_class_in_the_targets_folder_is_an_adapter(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(GOOD)
    adapter = adapter_of("./own.py:Adapter", AdapterSections(tmp_path, {}))
    assert (adapter.name, adapter.batch_readings_max) == ("./own.py:Adapter", 1)
    assert GOOD.count("\n") <= 60


def test_the_harness_has_its_own(tmp_path: Path) -> None:
    assert set(ADAPTERS) == {"share", "http", "nightscout"}
    assert adapter_of("share", AdapterSections(tmp_path, {})).batch_readings_max == 50
    sections = AdapterSections(tmp_path, {}, http=HttpSection.model_validate(SMALL))
    assert adapter_of("http", sections).queue_readings_max == 288
    assert "needs a section `http`" in refused("http", tmp_path)


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        ("", "./own.py:Adapter", "has no class 'Adapter'"),
        ("class Adaptor: pass", "./own.py:Adapter", "did you mean `Adaptor`?"),
        ("Adapter = 7", "./own.py:Adapter", "has no class"),
        ("class Adapter: pass", "./own.py:Adapter", "has no method `login`"),
        ("1 / 0", "./own.py:Adapter", "ZeroDivisionError: division by zero"),
        ("def (", "./own.py:Adapter", "SyntaxError"),
        ("raise SystemExit(0)", "./own.py:Adapter", "SystemExit"),
        ("import nothing_of_that_name", "./own.py:Adapter", "ModuleNotFoundError"),
        ("class Adapter:\n def __init__(self, more): pass", "./own.py:Adapter", "TypeError"),
        (GOOD, "./other.py:Adapter", "there is no file"),
        (GOOD, "./own.py", "write `./file.py:Name`"),
        (GOOD, "./../own.py:Adapter", "outside the target's folder"),
        (GOOD, "shear", "did you mean `share`?"),
        (GOOD, "own.py:Adapter", "there is no adapter"),
        (GOOD.encode("utf-16").decode("latin-1"), "./own.py:Adapter", "cannot be used"),
    ],
)
def test_what_is_no_adapter_is_refused_in_a_sentence(tmp_path: Path, text: str, name: str, sentence: str) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target/own.py").write_text(text)
    assert sentence in refused(name, tmp_path / "target")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "own.py").write_text(GOOD)
    (tmp_path / "target/own.py").symlink_to(tmp_path / "own.py")
    assert "outside the target's folder" in refused("./own.py:Adapter", tmp_path / "target")


def test_an_import_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_class, "IMPORT_LIMIT_S", 0.2)
    (tmp_path / "own.py").write_text("import threading\nthreading.Event().wait(30)")
    assert "is not made within 0.2 s" in refused("./own.py:Adapter", tmp_path)
