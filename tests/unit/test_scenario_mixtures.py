"""What is not the same for everybody in a scenario: how it is written, read, summed up and refused."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from types import MappingProxyType
from typing import cast

import pytest

from deadair.engines.run_plan import setting_of, times_of
from deadair.fleet.roster import draw
from deadair.model.mixture import Mixture
from deadair.model.place import Place
from deadair.scenario.dump import dump
from deadair.scenario.load import loads
from deadair.scenario.validation import problems, warnings
from deadair.targets.target import Target
from tests.unit.scenario_texts import PLAIN, changed, read, refusal
from tests.unit.targets import TARGETS, Described

FOLLOWERS, DELAY = "followers_per_device: 1", "no_data_after: 20m"
FAMILIES = PLAIN.replace(FOLLOWERS, "followers_per_device: {0: 10%, 1: 50%, 2: 30%, 7: 10%}").replace(
    DELAY, "no_data_after: {17m: 70%, 40m: 20%, off: 10%}"
)


def test_a_mixture_is_read_and_written_as_it_is() -> None:
    fleet = read(FAMILIES).fleet
    assert fleet.followers_per_device == Mixture(((0, 0.1), (1, 0.5), (2, 0.3), (7, 0.1)))
    assert fleet.no_data_after.values == (timedelta(minutes=17), timedelta(minutes=40), timedelta())
    assert read(dump(read(FAMILIES))) == read(FAMILIES)
    assert "followers_per_device: {0: 10%, 1: 50%, 2: 30%, 7: 10%}" in dump(read(FAMILIES))


def test_one_value_for_all_is_the_value() -> None:
    text = FAMILIES.replace("{0: 10%, 1: 50%, 2: 30%, 7: 10%}", "{3: 100%}")
    assert read(text).fleet.followers_per_device == Mixture.of_all(3)
    assert "followers_per_device: 3," in dump(read(text))


def test_sums_are_of_those_there_are() -> None:
    fleet = read(FAMILIES).fleet
    assert (fleet.phones, fleet.judged_phones) == (5 + 6 + 7, 16)
    assert fleet.requests_per_s == pytest.approx((10 + 18) / 300)
    assert (fleet.shortest_delay, fleet.longest_delay) == (timedelta(minutes=17), timedelta(minutes=40))
    assert times_of(read(FAMILIES)).no_data_after_s == 17 * 60


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (FOLLOWERS, "followers_per_device: {1: 60%, 2: 30%}", "fleet.followers_per_device: the shares add up to 90%"),
        (FOLLOWERS, "followers_per_device: {1: 60%, 01: 40%}", "fleet.followers_per_device: '01' is said twice"),
        (FOLLOWERS, "followers_per_device: {1: 60%, 11: 40%}", "11 is out of range; write at most 10"),
        (FOLLOWERS, "followers_per_device: {1: 60%, two: 40%}", "'two' is not what belongs here; write a whole number"),
        (FOLLOWERS, "followers_per_device: {1: 60%, 2: 0.4}", "0.4 is not a share"),
        (FOLLOWERS, "followers_per_device: {1: 95%, 7: 5%}", "5% of 10 devices is none of them"),
        (FOLLOWERS, "followers_per_device: {0: 100%}", "0 is out of range; write at least 1"),
        (FOLLOWERS, "followers_per_device: 0", "0 is out of range; write at least 1"),
        (FOLLOWERS, "followers_per_device: 1.5", "1.5 is not what belongs here; write a whole number"),
        (FOLLOWERS, "followers_per_device: {}", "0 values are none, or too many"),
        (FOLLOWERS, "followers_per_device: [1, 2]", "a list is not what belongs here"),
        (DELAY, "no_data_after: {20m: 50%, 1200s: 50%}", "fleet.no_data_after: '1200s' is said twice"),
        (DELAY, "no_data_after: {20m: 50%, 0m: 50%}", "0m is no time at all; write a duration above zero"),
        (DELAY, 'no_data_after: "off"', "with it off for all nobody is judged"),
        (DELAY, "no_data_after: {off: 100%}", "with it off for all nobody is judged"),
        (DELAY, "no_data_after: {20m: 50%, 2: 50%}", "'2' is not a duration"),
        (DELAY, "no_data_after: {20m: 95%, off: 5%}", "5% of 10 phones is none of them"),
        (DELAY, "no_data_after: {20m: 50%, 15m: 50%}", "T = 15m is not more than reading_every + 2 × poll_every"),
    ],
)
def test_a_mixture_that_cannot_be_is_refused_in_a_sentence(old: str, new: str, expected: str) -> None:
    lines = refusal(changed(old, new))
    assert len(lines) == 1
    assert expected in lines[0]


def test_a_share_of_nobody_is_refused_but_a_share_of_few_is_not() -> None:
    assert read(changed(DELAY, "no_data_after: {20m: 90%, off: 10%}")).fleet.judged_phones == 9


def test_a_longer_t_than_the_run_is_refused_only_if_all_have_it() -> None:
    assert "so nobody could go blind" in refusal(changed(DELAY, "no_data_after: {3h: 50%, 2h: 50%}"))[0]
    assert read(changed(DELAY, "no_data_after: {3h: 50%, 20m: 50%}"))


def test_whoever_wants_no_alarm_can_have_no_silence_to_promise() -> None:
    text = changed(DELAY, "no_data_after: {20m: 10%, off: 90%}").replace(
        "timeline:", "promises: {silences: 11}\ntimeline:"
    )
    assert "11 silences are more than 1 phone can have; write 10 or less" in refusal(text)[0]


def test_a_cohort_of_families_without_phones_sends_too_little_to_be_looked_at() -> None:
    """Of the five families in the cohort only those with a phone poll: whether enough do is counted, not averaged."""
    mixed = changed(FOLLOWERS, "followers_per_device: {0: 90%, 10: 10%}").replace("uplink[south]", "downlink[south]")
    met = set()
    for seed in range(8):
        scenario = loads(mixed.replace("seed: 1", f"seed: {seed}"), "s.yaml", TARGETS)
        told = [line for line in warnings(scenario, TARGETS) if "0 phones of `south`" in line]
        there = {phone.cohort for phone in draw(scenario.fleet, seed=seed).phones}
        assert len(told) == ("south" not in there), seed
        met.add(bool(told))
    assert met == {True, False}


class OneDelay(Described):
    """A service that knows one T."""

    per_follow = frozenset[str]()


def test_several_t_are_refused_for_a_service_that_knows_one() -> None:
    targets = MappingProxyType({"reference": cast(Target, OneDelay())})
    (problem,) = problems(read(FAMILIES), targets)
    assert problem.path == ("fleet", "no_data_after")
    assert "has one T for all its follows" in problem.what
    assert not problems(read(PLAIN), targets)
    (problem,) = problems(read(PLAIN.replace(DELAY, f"{DELAY}, realarm_every: 10m")), targets)
    assert problem.path == ("fleet", "realarm_every")
    assert "say R by `every` of no_data_repeats" in problem.what


def test_how_often_one_is_told_again_is_one_for_all_or_several_and_by_default_nobody_says() -> None:
    assert read(PLAIN).fleet.realarm_every is None
    assert "realarm_every" not in dump(read(PLAIN))
    scenario = read(PLAIN.replace(DELAY, f"{DELAY}, realarm_every: {{5m: 50%, 20m: 40%, off: 10%}}"))
    assert read(dump(scenario)) == scenario
    drawn = Counter(phone.realarm_every_us for phone in draw(scenario.fleet, seed=1).phones)
    assert drawn == {300_000_000: 5, 1_200_000_000: 4, 0: 1}
    assert {phone.realarm_every_us for phone in draw(read(PLAIN).fleet, seed=1).phones} == {None}
    told = refusal(PLAIN.replace(DELAY, f"{DELAY}, realarm_every: {{5m: 95%, 20m: 5%}}"))
    assert "5% of 10 phones is none of them" in told[0]


TWO = PLAIN.replace(DELAY, f"{DELAY}, second_patients: 20%, second_phones: {{tablets: 30%}}")


def test_second_phones_and_second_patients_are_counted_and_are_a_cohort_at_their_own_places() -> None:
    fleet = read(TWO).fleet
    assert (fleet.first_phones, fleet.phones, fleet.beside) == (10, 10 + 2 + 3, {"tablets": 3})
    assert len(draw(fleet, seed=1).phones) == fleet.phones
    assert read(dump(read(TWO))) == read(TWO)
    for place in ("downlink", "last_mile"):
        assert read(TWO.replace("uplink[south]", f"{place}[tablets]"))
    told = refusal(TWO.replace("uplink[south]", "uplink[tablets]"))
    assert "second phones have no devices, so nobody uses `uplink[tablets]`" in told[0]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("tablets: 30%", "tablets: 3%", "3% of 10 phones is none of them"),
        ("tablets: 30%", "south: 30%", "`fleet.cohorts` has this one; choose another name"),
        ("second_patients: 20%", "second_patients: 2%", "2% of 10 phones is none of them"),
    ],
)
def test_second_ones_that_nobody_has_are_refused(old: str, new: str, expected: str) -> None:
    assert any(expected in line for line in refusal(TWO.replace(old, new)))


def test_with_one_patient_nobody_follows_another() -> None:
    text = TWO.replace("devices: 10", "devices: 1").replace(", second_phones: {tablets: 30%}", "")
    text = text.replace(", cohorts: {south: 50%}", "").replace("uplink[south]", "uplink")
    assert "there is one patient, so nobody follows another" in refusal(text)[0]


def test_a_service_of_which_nobody_knows_whether_one_may_have_two_is_not_asked_for_it() -> None:
    targets = MappingProxyType({"reference": cast(Target, OneDelay())})
    found = {problem.path for problem in problems(read(TWO), targets)}
    assert found == {("fleet", "second_patients"), ("fleet", "second_phones")}


def test_of_a_whole_link_nobody_is_cut_off_where_nobody_is() -> None:
    """A proxy that nobody uses shows nothing: with it no partition of the whole link could be proved."""
    scenario = read(TWO.replace('"uplink[south]"', "uplink"))
    (entry,) = scenario.timeline
    roster = draw(scenario.fleet, seed=scenario.seed)
    setting = setting_of(entry, scenario, cast(Target, Described()), roster)
    assert {str(place) for place in setting.proxies_of(Place("uplink"))} == {"uplink[south]", "uplink[rest]"}
    assert {str(place) for place in setting.proxies_of(Place("downlink"))} == {
        "downlink[south]", "downlink[rest]", "downlink[tablets]"
    }  # fmt: skip
