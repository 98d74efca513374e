"""How each refusal of a scenario file reads: with its place, and what to write there."""

# ruff: noqa: E501 - the table of refusals reads better with one to a line

from __future__ import annotations

from typing import cast

import pytest

from deadair.scenario.places import misplaced
from deadair.targets.alerts.channel_spec import ChannelSpec
from deadair.targets.target import Target
from tests.unit.scenario_texts import PLAIN, changed, read, refusal
from tests.unit.targets import Described

ONE_REFUSAL = [
    ("seed: 1\n", "seed: 1\ncolour: red\n", "s.yaml:5:1: colour: unknown key; write one of `name`"),
    ("seed: 1\n", "sede: 1\n", "s.yaml:4:1: sede: unknown key; did you mean `seed`?"),
    ("seed: 1\n", "seed: 1\nseed: 2\n", "s.yaml:5:1: seed: said twice; line 4 has it already: keep one"),
    ("where: ", "on: ", "s.yaml:9:26: timeline[0].on: unknown key; did you mean `where`?"),
    ("lasts: 30m", "lasts: 1:30", "s.yaml:9:21: timeline[0].lasts: '1:30' is not a duration: write a number and a unit"),
    ("lasts: 30m", "lasts: 30", "s.yaml:9:21: timeline[0].lasts: 30 is not a duration: write a number and a unit"),
    ("lasts: 30m", "lasts: -5m", "s.yaml:9:21: timeline[0].lasts: '-5m' is not a duration"),
    ("lasts: 30m", "lasts: 0m", "s.yaml:9:21: timeline[0].lasts: 0m is no time at all"),
    ("lasts: 30m", "lasts: 41m", "s.yaml:9:21: timeline[0].lasts: ends at 41m, after the storm's end at 40m; write 40m or less"),
    ("at: 0m", "at: 50m", "s.yaml:9:10: timeline[0].at: ends at 80m, after the storm's end at 40m; begin it earlier"),
    ("speed: 60", "speed: off", "s.yaml:5:8: speed: YAML readers take a bare off for a truth value"),
    ("name: plain", "name: on", "s.yaml:1:7: name: YAML readers take a bare on for a truth value"),
    ("name: plain", "name: latest", "s.yaml:1:7: name: 'latest' cannot name a scenario"),
    ("name: plain", "name: ../etc", "s.yaml:1:7: name: '../etc' cannot be a name"),
    ("name: plain", "name: 2019", "s.yaml:1:7: name: 2019 is not what belongs here; write text: put it in quotes"),
    ("speed: 60", "speed: .inf", "s.yaml:5:8: speed: '.inf' is not what belongs here; write a number"),
    ("speed: 60", "speed: .nan", "s.yaml:5:8: speed: '.nan' is not what belongs here; write a number"),
    ("speed: 60", 'speed: "60"', "s.yaml:5:8: speed: '60' is not what belongs here; write a number, such as 60 or 0.5, without"),
    ("speed: 60", "speed: 301", "s.yaml:5:8: speed: at 301 a device measures every 1 real s"),
    ("speed: 60", "speed: 150", "s.yaml:5:8: speed: at 150 the target 'reference' may need 3m to notice a dead part"),
    ("speed: 60", "speed: 0", "s.yaml:5:8: speed: 0 is out of range; write at least 0.01"),
    ("speed: 60", "speed: 0.000000000001", "s.yaml:5:8: speed: 1e-12 is out of range; write at least 0.01"),
    ("seed: 1", "seed: 0x10", "s.yaml:4:7: seed: '0x10' is not what belongs here; write a whole number"),
    ("seed: 1", "seed: 1_000", "s.yaml:4:7: seed: '1_000' is not what belongs here"),
    ("seed: 1", "seed: 010", "s.yaml:4:7: seed: '010' is not what belongs here"),
    ("seed: 1", "seed: " + "9" * 25, "s.yaml:4:7: seed: " + "9" * 25 + " is out of range; write less than"),
    ("seed: 1", "seed:", "s.yaml:4:1: seed: nothing is written here; write a value"),
    ("devices: 10", "devices: 0", "s.yaml:6:18: fleet.devices: 0 is out of range; write at least 1"),
    ("devices: 10", "devices: ten", "s.yaml:6:18: fleet.devices: 'ten' is not what belongs here; write a whole number"),
    ("south: 50%", "south: 101%", "s.yaml:6:119: fleet.cohorts.south: '101%' is not a share"),
    ("south: 50%", "south: 0.5", "s.yaml:6:119: fleet.cohorts.south: 0.5 is not a share: write a percentage"),
    ("south: 50%", "south: 50%, west: 60%", "s.yaml:6:111: fleet.cohorts: the shares add up to 110%; make them 100% or less"),
    ("south: 50%", "south: 50%, rest: 10%", "s.yaml:6:124: fleet.cohorts.rest: 'rest' is the name of the devices in no cohort"),
    ("south: 50%", "south: 50%, on: 10%", "s.yaml:6:124: fleet.cohorts.on: YAML reads 'on' as a truth value"),
    ("south: 50%", "south: 50%, tiny: 1%", "s.yaml:6:130: fleet.cohorts.tiny: 1% of 10 devices is none of them; write a larger share"),
    ("timeline:\n", "promises: {silences: 101}\ntimeline:\n", "s.yaml:8:22: promises.silences: 101 silences are more than 10 phones can have; write 100 or less"),
    ("{kind: no_data_deadline}", "{kind: recovers, within: 21m}", "s.yaml:11:30: checks[0].within: 21m is longer than phases.recovery"),
    ("kind: no_data_deadline", "kind: no_data_deadline, alert_paths: []", "s.yaml:11:43: checks[0].alert_paths: at least 1 is needed"),
    ("kind: no_data_deadline", "kind: no_data_deadline, paths: [service_push]", "s.yaml:11:30: checks[0].paths: `paths` is now called `alert_paths`"),
    ("kind: no_data_deadline", "kind: recovers, paths: [service_push]", "s.yaml:11:22: checks[0].paths: unknown key"),
    ("timeline:\n", "promises: {told_by: [service_push]}\ntimeline:\n", "s.yaml:8:12: promises.told_by: `told_by` is now called `alert_paths`"),
    ("south: 50%", "south: 50%, told_by: 5", "s.yaml:6:133: fleet.cohorts.told_by: 5 is not a share"),
    ("seed: 1\n", "seed: 1\ntold_by: [service_push]\n", "s.yaml:5:1: told_by: unknown key"),
    ("kind: no_data_deadline", "kind: no_data_deadline, alert_paths: [service_push, sentinal]", "s.yaml:11:58: checks[0].alert_paths[1]: the target 'reference' has no alert path 'sentinal'; did you mean `sentinel_push`?"),
    ("timeline:\n", "promises: {alert_paths: [pigeon]}\ntimeline:\n", "s.yaml:8:26: promises.alert_paths[0]: the target 'reference' has no alert path 'pigeon'; write one of `service_push`"),
    ("no_data_after: 20m", "no_data_after: 10m", "s.yaml:6:97: fleet.no_data_after: T = 10m is not more than reading_every + 2 × poll_every"),
    ("warm_up: 13m", "warm_up: 30s", "s.yaml:7:19: phases.warm_up: 30s is too short"),
    ("uplink[south]", "uplink[sout]", "s.yaml:9:33: timeline[0].where: fleet.cohorts has no 'sout'; did you mean `south`?"),
    ("uplink[south]", "uplnk", "s.yaml:9:33: timeline[0].where: the target 'reference' has no place 'uplnk'; did you mean `uplink`?"),
    ("uplink[south]", "gateway", "s.yaml:9:33: timeline[0].where: `gateway` is a node, and partition strikes a link"),
    ("uplink[south]", "notifier→push[south]", "s.yaml:9:33: timeline[0].where: `notifier→push` carries no cohorts"),
    ("uplink[south]", "uplink south", "s.yaml:9:33: timeline[0].where: 'uplink south' is not a place"),
    ("kind: partition", "kind: kill", "s.yaml:9:33: timeline[0].where: `uplink` is a link, and kill strikes a node"),
    ('"uplink[south]", fault: {kind: partition}', "push, fault: {kind: kill}", "s.yaml:9:33: timeline[0].where: `push` is a provider, and kill strikes a node"),
    ("kind: partition", "kind: refuse", "s.yaml:9:33: timeline[0].where: `uplink` is a link, and refuse strikes a provider; write one of `push`"),
    ("kind: partition", "kind: partion", "s.yaml:9:64: timeline[0].fault.kind: unknown kind 'partion'; did you mean `partition`?"),
    ("kind: partition", "times: 3", "s.yaml:9:57: timeline[0].fault: `kind` is missing"),
    ("kind: partition", "kind: partition, knob: 1", "s.yaml:9:75: timeline[0].fault.knob: unknown key; write one of `kind`"),
    ("kind: partition", "kind: backlog, readings: 9", "s.yaml:9:33: timeline[0].where: a backlog comes from accounts in no cohort"),
    ("kind: no_data_deadline", "kind: no_data", "s.yaml:11:12: checks[0].kind: unknown kind 'no_data'; did you mean"),
    ("kind: no_data_deadline", "kind: no_data_deadline, within: 5", "s.yaml:11:38: checks[0].within: 5 is not a duration"),
    ("  - {kind: no_data_deadline}\n", "", "s.yaml:10:1: checks: nothing is written here"),
    ("\n  - {kind: no_data_deadline}\n", " []\n", "s.yaml:10:9: checks: at least 1 is needed"),
    ("kind: no_data_deadline}\n", "kind: no_data_deadline}\n  - {kind: no_data_deadline}\n", "s.yaml:12:5: checks[1]: the same rule twice"),
    ("name: reference", "name: refrence", "s.yaml:3:16: target.name: unknown target 'refrence'; did you mean `reference`?"),
    ("{name: reference}", "{name: reference, capacity: {rows: 3}}", "s.yaml:3:38: target.capacity.rows: the target 'reference' has no such"),
    ('"uplink[south]"', "uplink[south]", "s.yaml:9:39: file: this is not YAML: expected ',' or '}', but got '['; put a place with"),
    ("  - {at: 0m", "\t- {at: 0m", "s.yaml:9:1: file: a tab is used to indent; use spaces"),
    ("seed: 1", "seed: &one 1", "s.yaml:4:7: file: anchors (&) and aliases (*) are not taken; write the value out"),
    ("seed: 1", "seed: *one", "s.yaml:4:7: file: anchors (&) and aliases (*) are not taken"),
    ("seed: 1", "seed: !!int 1", "s.yaml:4:7: file: tags (!) are not taken; remove it"),
    ("seed: 1", "seed: !!python/object/apply:os.system [true]", "s.yaml:4:7: file: tags (!) are not taken"),
    ("seed: 1", "? [a]\n: 1", "s.yaml:4:3: file: a key must be a single word"),
    ("seed: 1", "seed: 1\n---\nname: two", "s.yaml:5:1: file: "),
    ("seed: 1", "seed: " + "[" * 2000, "s.yaml:4:18: file: nested more than 12 deep"),
    ("seed: 1", "seed: 1\x00", "s.yaml:4:8: file: this character cannot be printed"),
    ("kind: partition", "kind: [partition]", "s.yaml:9:64: timeline[0].fault.kind: a list is no kind; write one of `backlog`"),
    ("kind: partition", "kind: 5", "s.yaml:9:64: timeline[0].fault.kind: 5 is no kind; write one of `backlog`"),
    ("kind: partition", "kind: ~", "s.yaml:9:64: timeline[0].fault.kind: nothing is written here; write a value"),
    ("lasts: 30m", "lasts: [5m]", "s.yaml:9:21: timeline[0].lasts: a list is not a duration: write a number and a unit"),
    ("lasts: 30m", "lasts: {m: 5}", "s.yaml:9:21: timeline[0].lasts: a mapping is not a duration"),
    ("lasts: 30m", "lasts: null", "s.yaml:9:21: timeline[0].lasts: nothing is written here; write a value"),
    ("lasts: 30m", "lasts: 999999999999h", "s.yaml:9:21: timeline[0].lasts: 999999999999h is longer than 31d"),
    ("lasts: 30m", "lasts: NaNm", "s.yaml:9:21: timeline[0].lasts: 'NaNm' is not a duration"),
    ("south: 50%", "south: [50%]", "s.yaml:6:119: fleet.cohorts.south: a list is not a share"),
    ("south: 50%", "south: ~", "s.yaml:6:119: fleet.cohorts.south: nothing is written here"),
    ('"uplink[south]"', "5", "s.yaml:9:33: timeline[0].where: 5 is not a place: write gateway"),
    ('"uplink[south]"', "[uplink]", "s.yaml:9:33: timeline[0].where: a list is not a place"),
    ("kind: no_data_deadline", "kind: no_data_deadline, alert_paths: null", "s.yaml:11:43: checks[0].alert_paths: nothing is written here; write a value"),
    ("kind: no_data_deadline", "kind: no_data_deadline, alert_paths: [service_push, service_push]", "s.yaml:11:58: checks[0].alert_paths[1]: 'service_push' is said twice; keep one"),
    ("cohorts:", "device_profile: [g7], cohorts:", "s.yaml:6:118: fleet.device_profile: a list is not a word known here; write one of `usual`, `g7`"),
    ("speed: 60", "speed: 1e3", "s.yaml:5:8: speed: '1e3' is not what belongs here; write a number, such as 60 or 0.5"),
    ("speed: 60", "speed: " + "9" * 5000, "s.yaml:5:8: speed: a number of 5,000 characters: no scenario needs one; write a shorter one"),
    ("name: plain", "name: plaіn", "s.yaml:1:7: name: 'plaіn' cannot be a name ('і' is CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I, U+0456); write"),
    ("name: plain", "name: " + "a" * 300, "s.yaml:1:7: name: '" + "a" * 57 + "…' cannot be a name; write small letters, digits and hyphens, 60 at most"),
    ("seed: 1", "ѕeed: 1", "s.yaml:4:1: ѕeed: unknown key ('ѕ' is CYRILLIC SMALL LETTER DZE, U+0455); did you mean `seed`?"),
    ("seed: 1", 'seed: "\\x1b]0;x\\x07"', "s.yaml:4:7: seed: '\\x1b]0;x\\x07' is not what belongs here; write a whole number, such as 42, without quotes"),
    ("seed: 1\n", 'seed: 1\n"\\x1b[2J": 1\n', "s.yaml:5:1: \\x1b[2J: unknown key; write one of `name`"),
    ("seed: 1", "seed:\t1", "s.yaml:4:6: file: a tab stands between two words; use spaces"),
    ("{name: reference}", "{name: reference, capacity: {store_rows_per_s: 0}}", "s.yaml:3:56: target.capacity.store_rows_per_s: 0 is out of range; write more than 0"),
    ("seed: 1", "seed: [" + "a," * 30_000 + "]", "s.yaml:4:"),
]  # fmt: skip


PUSH_DOWN = "  - {at: 0m, lasts: 4m, where: push, fault: {kind: refuse, status: 4}}\nchecks:"


@pytest.mark.parametrize(
    ("status", "what"),
    [
        ('"503"', "'503' is text, for it stands in quotes; write the number 503 without them"),
        ('"504"', "'504' is not a number known here; did you mean `503`?"),
        ("504", "504 is not a number known here; did you mean `503`?"),
        ("[503]", "a list is not a number known here; write one of `429`, `500`, `503`"),
        ("", "nothing is written here; write a value"),
    ],
)
def test_a_number_in_quotes_is_told_from_a_number(status: str, what: str) -> None:
    text = changed("checks:", PUSH_DOWN).replace("status: 4}", f"status: {status}}}")
    (line,) = refusal(text)
    assert line.endswith(f"timeline[1].fault.status: {what}")


@pytest.mark.parametrize("written", ["off", "9" * 40, ".".join("1" * 20), "~", "x", "[1]", '"1"'])
def test_one_mistake_is_one_line(written: str) -> None:
    for value in ("speed: 60", "seed: 1", "devices: 10", "lasts: 30m", "south: 50%", "kind: partition", "name: plain"):
        key = value.partition(":")[0]
        if not (key == "name" and written in ("x", '"1"')):
            assert len(refusal(changed(value, f"{key}: {written}"))) == 1, (value, written)


@pytest.mark.parametrize(("old", "new", "expected"), ONE_REFUSAL)
def test_refused_with_its_place_and_what_to_write(old: str, new: str, expected: str) -> None:
    lines = refusal(changed(old, new))
    assert any(line.startswith(expected) for line in lines), "\n".join(lines)


def test_a_second_document_is_refused() -> None:
    assert refusal(PLAIN + "---\nname: two\n") == [
        "s.yaml:12:1: file: a second document starts here; write one file for each scenario"
    ]


@pytest.mark.parametrize("head", ["%YAML 1.1\n---\n", "%TAG ! tag:example,2019:\n---\n"])
def test_directives_are_refused(head: str) -> None:
    assert "directives" in refusal(head + PLAIN)[0]


@pytest.mark.parametrize("text", ["", "# nothing but a comment\n", "---\n", "[]", "just words"])
def test_what_is_no_scenario_at_all_is_refused_in_one_line(text: str) -> None:
    assert len(refusal(text)) == 1


def test_all_problems_of_a_file_are_told_together_in_order() -> None:
    lines = refusal(changed("devices: 10", "devices: 0").replace("seed: 1", "sed: 1").replace("30m", "3"))
    assert [line.split(": ")[1] for line in lines] == ["sed", "fleet.devices", "timeline[0].lasts"]


def test_a_long_list_of_problems_is_cut() -> None:
    entries = "\n".join(f"  - {{at: {number}}}" for number in range(30))
    lines = refusal(
        PLAIN.replace('  - {at: 0m, lasts: 30m, where: "uplink[south]", fault: {kind: partition}}', entries)
    )
    assert len(lines) == 21
    assert lines[-1].startswith("s.yaml: and ")


OVERLAPS = [
    ("uplink[south]", "10m", True),
    ("uplink", "10m", True),
    ("uplink[rest]", "10m", False),
    ("uplink[south]", "30m", False),
    ("downlink[south]", "10m", False),
]


@pytest.mark.parametrize(("where", "at", "refused"), OVERLAPS)
def test_the_same_kind_on_the_same_place_may_not_overlap(where: str, at: str, refused: bool) -> None:
    second = f'  - {{at: {at}, lasts: 5m, where: "{where}", fault: {{kind: partition}}}}\nchecks:'
    text = changed("checks:", second)
    if refused:
        assert refusal(text) == [
            "s.yaml:10:5: timeline[1]: overlaps f1, which is the same kind of fault on the same place; join them or move one"
        ]
    else:
        assert len(read(text).timeline) == 2


def test_rest_is_no_cohort_when_the_shares_leave_nobody() -> None:
    text = changed("south: 50%", "south: 50%, east: 50%").replace("uplink[south]", "uplink[rest]")
    assert "fleet.cohorts has no 'rest'" in refusal(text)[0]


def test_overload_strikes_only_what_clients_can_reach() -> None:
    text = changed('"uplink[south]", fault: {kind: partition}', "watchdog, fault: {kind: overload, times: 3}")
    assert refusal(text) == ["s.yaml:9:33: timeline[0].where: clients cannot reach `watchdog`; write one of `gateway`"]


def test_a_cohorts_pushes_are_not_demanded_while_the_provider_refuses_them() -> None:
    south = "  - {at: 0m, lasts: 4m, where: 'push[south]', fault: {kind: refuse}}\n"
    everybody = "  - {at: 10m, lasts: 1m, where: push, fault: {kind: refuse}}\n"
    assert len(read(changed("checks:", f"{south}{everybody}checks:")).timeline) == 3
    long = south.replace("4m", "6m")
    (line,) = refusal(changed("checks:", f"{long}{everybody}checks:"))
    assert "f2 lasts 6m, and nothing goes through `push[south]` meanwhile; add `phone_timer`" in line
    (line, *_) = refusal(changed("checks:", f"{long.replace('south', 'sout')}checks:"))
    assert "fleet.cohorts has no 'sout'" in line


@pytest.mark.parametrize(
    ("channel", "fault", "refused"),
    [
        ("poll", "push_drop", True),
        ("poll", "push_duplicate", True),
        ("poll", "refuse", False),
        ("fcm", "push_drop", False),
    ],
)
def test_what_stands_in_the_answers_to_polls_is_handed_on_by_nobody(channel: str, fault: str, refused: bool) -> None:
    class Polled(Described):
        channels = (ChannelSpec(channel=channel),)

    scenario = read(changed("checks:", f"  - {{at: 0m, lasts: 4m, where: push, fault: {{kind: {fault}}}}}\nchecks:"))
    found = [problem.what for problem in misplaced(scenario, cast(Target, Polled()))]
    said = ["alerts of 'reference' stand in the answers to polls, and nobody hands them on; write `refuse`"]
    assert found == (said if refused else [])


def test_the_compression_limit_follows_the_scenarios_own_deadline() -> None:
    fast = changed("speed: 60", "speed: 150")
    assert "speed" in refusal(fast)[0]
    assert read(fast.replace("no_data_deadline}", "no_data_deadline, within: 10m}")).speed == 150


@pytest.mark.parametrize(
    ("lasts", "paths", "refused"),
    [
        ("5m", "", True),
        ("4m", "", False),
        ("5m", ", alert_paths: [service_push, sentinel_push, phone_timer]", False),
        ("20m", ", within: 20m", True),
    ],
)
def test_pushes_are_not_demanded_while_the_provider_is_down(lasts: str, paths: str, refused: bool) -> None:
    down = f"  - {{at: 0m, lasts: {lasts}, where: push, fault: {{kind: refuse}}}}\nchecks:"
    text = changed("checks:", down).replace("no_data_deadline}", f"no_data_deadline{paths}}}")
    if refused:
        (line,) = refusal(text)
        assert f"f2 lasts {lasts}, and nothing goes through `push` meanwhile; add `phone_timer`" in line
    else:
        assert len(read(text).timeline) == 2


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("lasts: 4m", "at: 4m, lasts: 4m", "f2 and f3 last 8m, and nothing goes"),
        ("lasts: 4m", "at: 241s, lasts: 4m", None),
        ("lasts: 4m, retry_after: 2m", "at: 10m, lasts: 1m", "f2 lasts 6m, and nothing goes"),
        ("lasts: 4m, retry_after: 2m, status: 429", "at: 10m, lasts: 1m", None),
        ("lasts: 4m, retry_after: 2m, status: 500", "at: 10m, lasts: 1m", None),
        ("lasts: 2m, retry_after: 2m, status: 429", "at: 3m, lasts: 2m", None),
        ("lasts: 5m, retry_after: 2m, status: 429", "at: 10m, lasts: 1m", "f2 lasts 5m, and nothing goes"),
        ("lasts: 2m, retry_after: 2m", "at: 3m, lasts: 1m", None),
        ("lasts: 2m, retry_after: 2m", "at: 3m, lasts: 2m", "f2 and f3 last 5m, and nothing goes"),
    ],
)
def test_outages_of_the_provider_that_touch_are_one(first: str, second: str, said: str | None) -> None:
    lasts, _, waits = first.partition(", ")
    refuse = f"{{kind: refuse, {waits}}}" if waits else "{kind: refuse}"
    down = (
        f"  - {{at: 0m, {lasts}, where: push, fault: {refuse}}}\n"
        f"  - {{{second}, where: push, fault: {{kind: refuse}}}}\nchecks:"
    )
    if said is None:
        assert len(read(changed("checks:", down)).timeline) == 3
    else:
        (line,) = refusal(changed("checks:", down))
        assert said in line


def test_a_list_whose_items_are_wrong_is_not_called_too_short() -> None:
    assert len(refusal(changed("kind: no_data_deadline", "kind: no_data_deadline, within: 5"))) == 1
