"""All targets that a process knows, and how one of a stranger's package is taken or refused."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from deadair.model.errors import HarnessError, ScenarioError
from deadair.scenario.known_names import budgets, listed
from deadair.targets.catalogue import TARGETS
from deadair.targets.noop import Noop
from deadair.targets.registry import GROUP, known_targets, target_of
from tests.unit.target_texts import changed, folder_of


class Hush(Noop):
    name = "hush"


def explode() -> None:
    raise ZeroDivisionError("of all\x1b[2J things")


class Failing:
    def __init__(self) -> None:
        explode()


class Entry:
    """What ``importlib.metadata`` has for an entry point."""

    dist = None

    def __init__(self, name: str, load: Callable[[], Any]) -> None:
        self.name, self.load = name, load


Offer = Callable[..., None]


@pytest.fixture
def offer(monkeypatch: pytest.MonkeyPatch) -> Offer:
    others = metadata.entry_points

    def put(**entries: Callable[[], Any]) -> None:
        made = [Entry(name, load) for name, load in entries.items()]
        monkeypatch.setattr(metadata, "entry_points", lambda *, group: made if group == GROUP else others(group=group))

    return put


def test_what_is_built_in_is_known() -> None:
    assert {name: known_targets()[name] for name in TARGETS} == TARGETS


def test_an_installed_package_offers_the_folder_of_a_target_file(offer: Offer, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    offer(crib=lambda: folder)
    assert known_targets()["crib"].folder == folder
    offer(crib=lambda: str(folder / "gone"))
    with pytest.raises(ScenarioError, match="it cannot be read"):
        known_targets()["crib"]


def test_a_process_of_a_run_gets_the_target_that_the_plan_names(offer: Offer, tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    offer(crib=lambda: folder)
    assert target_of("noop", None) is TARGETS["noop"]
    assert (target_of("crib", folder).name, target_of("crib", None).name) == ("crib", "crib")
    with pytest.raises(HarnessError, match=r"the run's plan names the target 'nop'; did you mean `noop`\?"):
        target_of("nop", None)


@pytest.mark.parametrize("offered", [Hush, Hush()])
def test_an_installed_package_offers_a_class_or_a_target(offer: Offer, offered: object) -> None:
    offer(hush=lambda: offered)
    targets = known_targets()
    assert [*targets] == [*TARGETS, "hush"]
    assert targets["hush"].nodes == ("noop",)
    assert "  hush" in listed(targets, "targets")


def test_nothing_of_a_package_is_loaded_before_somebody_asks_for_it(offer: Offer) -> None:
    offer(hush=explode)
    targets = known_targets()
    assert "hush" in targets and len(targets) == len(TARGETS) + 1
    assert targets["noop"] is TARGETS["noop"]


@pytest.mark.parametrize(
    ("load", "expected"),
    [
        (explode, "cannot be loaded (ZeroDivisionError: of all\\x1b[2J things); mend or remove the package"),
        (lambda: Failing, "cannot be loaded (ZeroDivisionError"),
        (lambda: 42, "cannot be loaded (AttributeError"),
        (lambda: Noop, "calls itself 'noop'; its entry point must have the same name"),
    ],
)
def test_what_is_no_target_is_refused_in_a_sentence(offer: Offer, load: Callable[[], Any], expected: str) -> None:
    offer(hush=load)
    with pytest.raises(ScenarioError) as caught:
        known_targets()["hush"]
    assert str(caught.value).startswith("the target 'hush' of the package an installed package ")
    assert expected in str(caught.value)
    assert any(line.startswith("  hush: cannot be taken: the target 'hush'") for line in listed(known_targets()))
    assert len(budgets(known_targets())) == len(TARGETS)


def test_two_targets_of_one_name_are_refused(offer: Offer) -> None:
    offer(noop=lambda: Noop)
    with pytest.raises(ScenarioError, match=r"there is a target 'noop' already \(built in\); give one another name"):
        known_targets()


def test_a_file_that_cannot_be_taken_goes_by_the_name_that_it_says(tmp_path: Path) -> None:
    folder_of(tmp_path / "a", changed(("adapter: share", "adapter: sharing"), ("name: crib", "name: cot  # for now")))
    targets = known_targets([tmp_path / "a"])
    assert "crib" not in targets
    with pytest.raises(ScenarioError, match=r"crib/target.yaml:4:10: adapter: there is no adapter 'sharing'"):
        targets["cot"]


def test_a_file_that_cannot_be_taken_hides_no_other(tmp_path: Path) -> None:
    folder_of(tmp_path / "a", changed(("name: crib", "name: noop\nnam: x")))
    folder_of(tmp_path / "b")
    folder_of(tmp_path / "c", changed(("why:", "wy:")))
    folders = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    targets = known_targets(folders)
    assert targets["noop"] is TARGETS["noop"]
    assert targets["crib"].folder == tmp_path / "b" / "crib"
    assert [name for name in targets if name not in TARGETS] == [
        "crib",
        *(f"{tmp_path}/{at}/crib/target.yaml" for at in "ac"),
    ]


def test_a_link_in_the_place_of_a_target_file_is_of_the_folder_that_it_lies_in(tmp_path: Path) -> None:
    text = folder_of(tmp_path / "shared") / "target.yaml"
    here = tmp_path / "targets" / "mine"
    here.mkdir(parents=True)
    (here / "target.yaml").symlink_to(text)
    loop = tmp_path / "targets" / "loop"
    loop.mkdir()
    (loop / "target.yaml").symlink_to("target.yaml")
    targets = known_targets([tmp_path / "targets"])
    assert targets["crib"].folder == here
    with pytest.raises(ScenarioError, match=r"loop/target.yaml:1:1: file: it cannot be read \(Too many levels"):
        targets["loop"]
