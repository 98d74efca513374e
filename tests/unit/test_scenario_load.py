"""A scenario file is read, and reads back equal once written; whatever else a file may hold is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deadair.documents.document_file import BYTES_MAX
from deadair.model.clock import Deadline
from deadair.model.errors import ScenarioError
from deadair.model.place import Place
from deadair.scenario.dump import dump
from deadair.scenario.load import load, loads
from deadair.scenario.model import Scenario
from deadair.scenario.shipped import shipped
from tests.unit.scenario_texts import FLAGSHIP, PLAIN, changed, read


def test_the_flagship_is_what_the_design_says() -> None:
    scenario = read(FLAGSHIP)
    assert scenario.fleet.cohorts == {"south": 0.25, "east": 0.25, "west": 0.25, "control": 0.1}
    assert [(fault_id, str(entry.where)) for fault_id, entry in scenario.faults()][4:] == [
        ("f5", "watchdog"),
        ("f6", "uplink[west]"),
        ("f7", "notifier→push"),
    ]
    phases = scenario.phases
    assert (phases.warm_up + phases.storm + phases.recovery).total_seconds() / scenario.speed == 87
    assert scenario.promises.silences == 250


def test_an_arrow_may_be_typed_in_two_characters() -> None:
    assert read(changed('"uplink[south]"', "notifier->push")).timeline[0].where == Place("notifier→push")


# --- files ---------------------------------------------------------------------------------------------------------


def file_refusal(path: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(path)
    return str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.yaml"
    assert file_refusal(path) == f"{path}:1:1: file: it cannot be read (No such file or directory); check the path"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "this is a folder" in file_refusal(tmp_path)


def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "loop.yaml"
    path.symlink_to(path)
    assert "it cannot be read" in file_refusal(path)
    assert "it cannot be read" in file_refusal(Path("a\x00b"))


def test_what_is_not_utf_8_is_refused_where_it_stops_being_so(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"name: a\nwhy: caf\xe9\n")
    assert file_refusal(path) == f"{path}:2:9: file: byte 16 is not UTF-8 text; save the file as UTF-8"
    path.write_bytes(os.urandom(4) + b"\xff\xfe" * 200)
    assert "is not UTF-8 text" in file_refusal(path)


def test_ten_megabytes_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"a: [" + b"x," * 5_000_000 + b"]")
    quick = Deadline.after(1.0)
    assert f"larger than {BYTES_MAX} bytes" in file_refusal(path)
    assert not quick.passed()


def test_a_yaml_bomb_is_refused_at_its_first_anchor(tmp_path: Path) -> None:
    path = tmp_path / "bomb.yaml"
    path.write_text("a: &a [x, x]\n" + "".join(f"b{n}: &b{n} [*a, *a]\n" for n in range(20)), encoding="utf-8")
    assert file_refusal(path).startswith(f"{path}:1:4: file: anchors")


# --- there and back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [PLAIN, FLAGSHIP])
def test_what_is_written_reads_back_equal(text: str) -> None:
    scenario = read(text)
    assert read(dump(scenario)) == scenario
    assert list(read(dump(scenario)).fleet.cohorts) == list(scenario.fleet.cohorts)


@pytest.mark.parametrize("path", shipped().values(), ids=lambda path: path.stem)
def test_every_scenario_there_is_reads_back_equal(path: Path) -> None:
    scenario = load(path)
    assert loads(dump(scenario), "s.yaml") == scenario


@given(
    why=st.text(min_size=1, max_size=40).filter(lambda text: text.strip()),
    share=st.floats(min_value=10, max_value=100).map(lambda share: f"{share:.3f}%"),
    capacity=st.floats(min_value=1e-6, max_value=1e9),
    at_ms=st.integers(min_value=0, max_value=600_000),
)
@settings(max_examples=60, deadline=None)
def test_any_scenario_reads_back_equal(why: str, share: str, capacity: float, at_ms: int) -> None:
    plain = read(PLAIN).model_dump()
    plain.update(why=why, target={"name": "reference", "capacity": {"store_rows_per_s": capacity}})
    plain["fleet"]["cohorts"] = {"south": share}
    plain["timeline"][0]["at"] = f"{at_ms}ms"
    scenario = Scenario.model_validate(plain)
    assert read(dump(scenario)) == scenario


# --- anything at all -----------------------------------------------------------------------------------------------


def scenario_or_refusal(text: str) -> None:
    try:
        assert isinstance(read(text), Scenario)
    except ScenarioError as error:
        assert str(error).startswith("s.yaml:")
        str(error).encode()


@given(st.data())
@settings(max_examples=250, deadline=None)
def test_a_mutated_flagship_is_a_scenario_or_refused(data: st.DataObject) -> None:
    text = FLAGSHIP
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 30)))
        piece = data.draw(
            st.text(max_size=6) | st.sampled_from(["{", "[", "]", "}", ": ", "\n", "- ", "'", '"', "? ", "| "])
        )
        text = text[:start] + piece + text[end:]
    scenario_or_refusal(text)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_random_bytes_are_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "random.yaml"
    path.write_bytes(data)
    assert file_refusal(path).startswith(f"{path}:")


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_random_text_is_refused(text: str) -> None:
    scenario_or_refusal(text)
