"""Documents cannot go stale: what they name exists, and what exists they name."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from deadair.scenario.load import load
from deadair.scenario.shipped import shipped

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
MAKEFILE = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
PAGES = [REPOSITORY / "README.md", REPOSITORY / "CONTRIBUTING.md", *sorted((REPOSITORY / "docs").rglob("*.md"))]
TARGETS = {"setup", "demo", "demo-2019", "check", "test", "bench", "clean"}


def verbs() -> set[str]:
    table = importlib.import_module("deadair.cli").app  # to import it adds every verb
    return {command.name or str(getattr(command.callback, "__name__", "")) for command in table.registered_commands}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+):.*##", MAKEFILE, re.MULTILINE))


def test_every_verb_is_in_the_readme_and_the_other_way_round() -> None:
    assert set(re.findall(r"`deadair ([a-z]+)", README)) == verbs()


def test_every_make_target_is_in_the_readme_and_the_other_way_round() -> None:
    named = set(re.findall(r"make ([a-z0-9-]+)`", README))
    assert named <= make_targets()
    assert make_targets() - named == {"help"}
    assert make_targets() >= TARGETS


def test_the_files_named_on_command_lines_exist() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        if page.name == "CONTRIBUTING.md":  # its recipes make files, and are followed by a test of their own
            text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
        for path in re.findall(r"\bscenarios/[\w/.-]*\w", text):
            assert (REPOSITORY / path).exists(), f"{page.name} names {path}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if not link.startswith("http"):
            assert (page.parent / link).exists(), link


def test_the_map_is_complete() -> None:
    mapped = README[README.index("## The map") :]
    top = {path.name for path in (REPOSITORY / "harness/deadair").iterdir() if not path.name.startswith("_")} - {
        "py.typed",
        "shipped",
    }
    shown = {path.rstrip("/").rsplit("/", 1)[-1] for path in re.findall(r"\]\(([\w/.]+)\)", mapped)}
    assert top - shown == set()
    assert {"scenarios", "tests", "docs"} <= shown


def test_the_layers_in_the_architecture_are_those_that_are_checked() -> None:
    pyproject = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    layers = re.search(r"^layers = \[\n(.*?)^\]", pyproject, re.MULTILINE | re.DOTALL)
    assert layers is not None
    checked = re.findall(r"\w+", layers[1])
    page = (REPOSITORY / "docs/architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?`) \|", page, re.MULTILINE)
    assert re.findall(r"\w+", " ".join(rows)) == checked


def test_what_is_generated_is_fresh() -> None:
    done = subprocess.run(
        [sys.executable, "docs/generate.py", "--check"],
        cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(REPOSITORY / "harness")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_a_stale_page_is_noticed(tmp_path: Path) -> None:
    copy = tmp_path / "docs"
    copy.mkdir()
    (tmp_path / "scenarios").mkdir()
    made = (
        "docs/reference-openapi.json",
        "docs/exploring.md",
        "docs/reference-settings.md",
        "docs/target-file.md",
        "scenarios/envelope-schema.json",
        "scenarios/schema.json",
        "scenarios/target-schema.json",
    )
    for kept in ("docs/generate.py", *made):
        (tmp_path / kept).write_text((REPOSITORY / kept).read_text(encoding="utf-8"), encoding="utf-8")
    page = (REPOSITORY / "docs/scenarios.md").read_text(encoding="utf-8")
    (copy / "scenarios.md").write_text(page.replace("| `seed` |", "| `sead` |"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(copy / "generate.py"), "--check"],
        capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(REPOSITORY / "harness")},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "stale: docs/scenarios.md; run `make docs`\n")


def test_the_changelog_keeps_its_form() -> None:
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert text.startswith("# Changelog\n")
    sections = re.findall(r"^### (.+)$", text, re.MULTILINE)
    assert re.search(r"^## \[Unreleased\]$", text, re.MULTILINE)
    assert set(sections) <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_decisions_are_numbered_and_fit_a_page() -> None:
    pages = sorted((REPOSITORY / "docs/decisions").glob("*.md"))
    assert [page.name[:4] for page in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert len(text.split()) < 400, page.name
        assert all(f"**{part}.**" in text for part in ("Context", "Choice", "Cost")), page.name


@pytest.mark.parametrize(("name", "path"), shipped().items(), ids=lambda value: getattr(value, "stem", ""))
def test_every_scenario_that_ships_is_taken_and_short_enough(name: str, path: Path) -> None:
    scenario = load(path)
    assert scenario.name == path.stem
    phases = scenario.phases
    real_s = (phases.warm_up + phases.storm + phases.recovery).total_seconds() / scenario.speed
    if not name.startswith(("incidents/", "nights/")):  # those may be as long as they were, for virtual time
        assert (
            real_s
            <= {"smoke": 60, "gate": 110, "own": 20 * 60, "nightscout": 40 * 60, "regressions": 110}[
                name.partition("/")[0]
            ]
        )


def test_every_scenario_in_the_repository_ships() -> None:
    there = {str(path.relative_to(REPOSITORY / "scenarios")) for path in (REPOSITORY / "scenarios").rglob("*.y*ml")}
    envelopes = {name for name in there if name.startswith("envelopes/")}
    assert envelopes  # what is in there are no scenarios, but what scenarios are drawn from
    assert there - envelopes == {f"{name}.yaml" for name in shipped()}
    assert len(there) > 0
