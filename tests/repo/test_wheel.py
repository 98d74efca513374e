"""The wheel is all that is needed: built from a copy, unpacked, and used from a folder with nothing in it."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import pytest

from deadair.scenario.shipped import shipped
from tests.repo.copied import REPOSITORY, called, copy_of_the_repository

DEADAIR = "import sys; from deadair.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds what the wheel holds."""
    root = tmp_path_factory.mktemp("wheel")
    source = copy_of_the_repository(root / "source")
    build = ("-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(root), ".")
    done = called(source / "harness", *build, folder=source)
    assert done.returncode == 0, done.stderr
    (wheel,) = root.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(root / "unpacked")
    return root / "unpacked"


def deadair(unpacked: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return called(unpacked, "-c", DEADAIR, *arguments, folder=folder)


def test_it_brings_one_package_and_every_scenario_with_the_schema(unpacked: Path) -> None:
    brought = {path.name for path in unpacked.iterdir() if path.suffix != ".dist-info"}
    assert brought == {"deadair"}
    files = [f"{name}.yaml" for name in shipped()]
    for file in ("schema.json", *files):
        here, there = REPOSITORY / "scenarios" / file, unpacked / "deadair/shipped" / file
        assert there.read_bytes() == here.read_bytes()
    assert len(files) > 0


def test_scenarios_are_listed_and_run_by_name_where_there_is_no_checkout(unpacked: Path, tmp_path: Path) -> None:
    where = called(unpacked, "-c", "import deadair; print(deadair.__file__)", folder=tmp_path)
    assert where.stdout.strip() == str(unpacked / "deadair/__init__.py")
    listed = deadair(unpacked, tmp_path, "list", "scenarios")
    assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == list(shipped())
    smoke = sum(name.startswith("smoke/") for name in shipped())
    for name, files in (("smoke/partition", 1), ("gate/thanksgiving-2019", 1), ("smoke", smoke)):
        run = deadair(unpacked, tmp_path, "run", name, "--dry-run")
        assert (run.returncode, run.stdout.count("warm-up")) == (0, files), run.stderr
    assert deadair(unpacked, tmp_path, "run", "smoke/partitoin").returncode == 64
    assert "  nightscout\n" in deadair(unpacked, tmp_path, "list", "targets").stdout
    assert list(tmp_path.iterdir()) == []


def test_a_target_of_ones_own_begins_where_there_is_no_checkout(unpacked: Path, tmp_path: Path) -> None:
    assert deadair(unpacked, tmp_path, "new", "target", "crib").returncode == 0
    assert "  crib\n" in deadair(unpacked, tmp_path, "list", "targets", "--targets", "crib").stdout
    steps = deadair(unpacked, tmp_path, "run", "own", "--target", "crib", "--targets", "crib", "--dry-run")
    assert (steps.returncode, steps.stdout.count("warm-up 3m")) == (0, 3), steps.stderr
    assert deadair(unpacked, tmp_path, "schema", "target").returncode == 0


def test_a_test_suite_with_a_package_called_harness_finds_its_own(unpacked: Path, tmp_path: Path) -> None:
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness/__init__.py").touch()
    (tmp_path / "harness/own.py").write_text("VALUE = 1\n", encoding="utf-8")
    text = "from harness.own import VALUE\n\n\ndef test_it():\n    assert VALUE == 1\n"
    (tmp_path / "test_own.py").write_text(text, encoding="utf-8")
    done = called(unpacked, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "1 passed" in done.stdout
