"""Envelopes: what is refused, where it stands, and what to write."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.explore.envelope_file import envelope_named, load_envelope
from deadair.model.errors import ScenarioError
from deadair.targets.catalogue import TARGETS
from tests.unit.envelopes import REFERENCE, TINY, read

SLIPS = {
    "a key that there is not": (
        "settles: 3m",
        "setles: 3m",
        "16:3: faults.setles: unknown key; did you mean `settles`?",
    ),
    "a kind that there is not": (
        "kind: kill",
        "kind: kil",
        "19:14: faults.kinds[1].kind: unknown kind 'kil'; did you mean `kill`?",
    ),
    "a place that there is not": (
        "where: [watchdog]",
        "where: [wachdog]",
        "19:28: faults.kinds[1].where[0]: the target 'reference' has no place 'wachdog'; did you mean `watchdog`?",
    ),
    "a place that it cannot strike": (
        "where: [watchdog]",
        "where: [uplink]",
        "19:28: faults.kinds[1].where[0]: `uplink` is a link, and kill strikes a node",
    ),
    "a cohort": (
        "[uplink, downlink]",
        '["uplink[south]", downlink]',
        "an envelope names no cohort: each night has its own",
    ),
    "ends the wrong way round": (
        "{least: 30s, most: 2m}",
        "{least: 3m, most: 2m}",
        "`least` is more than `most`; swap them",
    ),
    "no time at all": ("{least: 30s, most: 2m}", "{least: 0s, most: 2m}", "0m is no time at all"),
    "a fault too short for its proof": ("{least: 30s, most: 2m}", "{least: 3s, most: 2m}", "the proof of `kill` takes"),
    "a knob that there is not": (
        "{status: [429, 503]}",
        "{statsu: [429]}",
        "refuse has no knob 'statsu'; did you mean `status`?",
    ),
    "a knob's value": ("{status: [429, 503]}", "{status: [429, 404]}", "faults.kinds[2].knobs: status"),
    "nothing to draw": ("{status: [429, 503]}", "{status: []}", "an empty list has nothing to draw"),
    "a target that there is not": (
        "target: reference",
        "target: refrence",
        "unknown target 'refrence'; did you mean `reference`?",
    ),
    "one that is not simulated": ("target: reference", "target: reference-docker", "cannot be simulated"),
    "an alert path that there is not": ("path: sentinel_push", "path: sentinal_push", "did you mean `sentinel_push`?"),
    "a path nobody described": (
        "paths: [service_push, sentinel_push]",
        "paths: [service_push, phone_timer]",
        "does not say what 'phone_timer' needs",
    ),
    "a T too short": ("no_data_after: [10m]", "no_data_after: [5m]", "no T of them, up to 5m, is more than"),
    "a rule that asks too much": (
        "{kind: no_false_alarm}",
        "{kind: recovers, within: 30m}",
        "checks[1].within: 30m is longer than phases.recovery",
    ),
    "a speed too high": ("speed: 60", "speed: 500", "speed: "),
    "a capacity that there is not": (
        "fleet:\n",
        "capacity_per_device: {rows: {least: 1, most: 2}}\nfleet:\n",
        "has no such capacity",
    ),
    "late work of no capacity": (
        "  alert_paths:",
        "  late_work: {capacity: rows, longest: 9m}\n  alert_paths:",
        "faults.late_work.capacity: capacity_per_device does not say how large 'rows' is",
    ),
    "a bare yes": ("why: Three", "why: yes # ", "why: YAML readers take a bare yes for a truth value"),
}


def test_the_one_that_ships_and_the_tiny_one_are_taken() -> None:
    assert REFERENCE.name == "reference"
    assert read().faults.at_once == 2


@pytest.mark.parametrize(("before", "after", "said"), SLIPS.values(), ids=SLIPS)
def test_what_is_wrong_is_told_with_its_place(before: str, after: str, said: str) -> None:
    assert TINY.count(before) == 1
    with pytest.raises(ScenarioError) as refused:
        read(TINY.replace(before, after))
    assert said in str(refused.value)
    assert all(line.startswith("e.yaml:") for line in str(refused.value).splitlines())


def test_an_envelope_in_which_nobody_would_go_blind_is_refused() -> None:
    cuts = "    - {kind: partition, where: [uplink, downlink], lasts: {least: 30m, most: 40m}}\n"
    with pytest.raises(ScenarioError, match="nobody would go blind; add a partition of `uplink`"):
        read(TINY.replace(cuts, ""))


def test_a_name_that_nothing_has_is_told_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="refrence: there is no such envelope; did you mean `reference`"):
        envelope_named("refrence")
    with pytest.raises(ScenarioError, match=r"none\.yaml:1:1: file: it cannot be read"):
        load_envelope(envelope_named(str(tmp_path / "none.yaml")), TARGETS)


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "name: tiny\n", "a: &x 1\n", "\x00", "{" * 50, "name: [1, 2"])
def test_no_text_brings_more_than_a_refusal(text: str) -> None:
    with pytest.raises(ScenarioError, match=r"^e\.yaml:"):
        read(text)
