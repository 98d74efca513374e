"""What people do in a scenario: how it is written, refused, ordered and drawn, and who is written down for it."""

from __future__ import annotations

from dataclasses import replace

from deadair.engines.people_driver import PeopleDriver, in_words, whose
from deadair.engines.run_plan import RunPlan
from deadair.engines.simulated.engine import run_in_memory
from deadair.fleet.roster import draw
from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.injectors.fleet_orders import FleetOrder
from deadair.scenario.dump import dump
from deadair.scenario.model import TargetSpec
from deadair.scenario.people import PersonEvent
from deadair.scenario.timeline import PersonStep, deeds
from deadair.scenario.validation import misfits
from deadair.targets.catalogue import TARGETS
from tests.unit.scenario_texts import PLAIN, changed, read, refusal
from tests.unit.small_night import plan

PEOPLE = """people:
  - {at: 30m, who: south, share: 50%, does: snooze, lasts: 10m}
  - {at: 5m, does: acknowledge}
checks:"""
WITH_PEOPLE = changed("checks:", PEOPLE)


def people(line: str) -> list[str]:
    """Return how a scenario with this event is refused."""
    return refusal(changed("checks:", f"people:\n  - {line}\nchecks:"))


def test_events_are_read_written_and_done_in_order_of_time_after_faults() -> None:
    scenario = read(WITH_PEOPLE)
    assert read(dump(scenario)) == scenario
    assert [in_words(event) for event in scenario.people] == ["snooze 50% of south for 10m", "acknowledge all"]
    order = [deed.person_id if isinstance(deed, PersonStep) else deed.verb for deed in deeds(scenario)]
    assert order == ["begin", "p2", "heal", "p1"]
    assert read(PLAIN).people == ()


def test_what_nobody_could_do_is_refused() -> None:
    assert "unknown cohort 'nowhere'" in people("{at: 5m, who: nowhere, does: acknowledge}")[0]
    assert "not before the storm's end at 40m" in people("{at: 40m, does: acknowledge}")[0]
    assert "a snooze ends by itself: add `lasts`" in people("{at: 5m, does: snooze}")[0]
    assert "only a snooze lasts" in people("{at: 5m, does: acknowledge, lasts: 5m}")[0]
    assert "does" in people("{at: 5m, does: dance}")[0]
    assert people("{at: 5m, does: acknowledge, how: now}")[0].count("how")


def test_a_word_that_the_targets_app_does_not_know_is_refused() -> None:
    noop = read(WITH_PEOPLE).model_copy(update={"target": TargetSpec(name="noop")})
    assert [problem.what for problem in misfits(noop, TARGETS) if problem.path[0] == "people"] == [
        "the app of the target 'noop' does not know 'snooze'; it knows open_app",
        "the app of the target 'noop' does not know 'acknowledge'; it knows open_app",
    ]


def test_who_does_it_is_drawn_from_the_seed_and_the_event() -> None:
    roster = draw(read(PLAIN).fleet, seed=1)
    south = [phone.phone for phone in roster.phones if phone.cohort == "south"]
    some = PersonEvent(at="5m", who="south", share="40%", does="acknowledge")
    chosen = {seed: whose(some, "p1", roster, seed) for seed in range(20)}
    assert all(len(phones) == 2 and set(phones) <= set(south) for phones in chosen.values())
    assert len(set(chosen.values())) > 1 and chosen[3] == whose(some, "p1", roster, 3)
    assert len({whose(some, f"p{number}", roster, 3) for number in range(20)}) > 1
    few = some.model_copy(update={"share": 0.01})
    assert len(whose(few, "p1", roster, 1)) == 1
    assert whose(some.model_copy(update={"who": "all", "share": 1.0}), "p1", roster, 1) == tuple(range(10))


def test_whoever_stops_following_stops_all_that_one_phone_follows() -> None:
    roster = draw(read(PLAIN).fleet, seed=1)
    shared = tuple(replace(phone, handset=phone.phone // 2 * 2) for phone in roster.phones)
    some = PersonEvent(at="5m", share="20%", does="stop_following")
    for seed in range(10):
        phones = whose(some, "p1", replace(roster, phones=shared), seed)
        assert {number // 2 * 2 + other for number in phones for other in (0, 1)} == set(phones)
        assert 2 <= len(phones) <= 4
    assert len(whose(some, "p1", roster, 1)) == 2


def test_the_driver_orders_what_the_scenario_says_and_tells_how_many_did_it() -> None:
    given: list[FleetOrder] = []

    def give(order: FleetOrder) -> int:
        given.append(order)
        return 2

    run = RunPlan.drawn(read(WITH_PEOPLE), TARGETS["reference"])
    assert PeopleDriver(run, give).do("p1") == "p1: snooze 50% of south for 10m: 2 of 2 phones"
    assert (given[0].does, given[0].lasts_us, len(given[0].phones)) == ("snooze", 600_000_000, 2)


def night(*events: PersonEvent) -> History:
    small = plan(3)
    history, _ = run_in_memory(RunPlan.drawn(small.scenario.model_copy(update={"people": events}), small.target))
    return history


def test_only_those_whose_phone_rings_acknowledge_and_an_app_that_is_opened_polls_at_once() -> None:
    known = PersonEvent(at="14m", does="acknowledge")
    opened = PersonEvent(at="870s", who="south", does="open_app")
    history = night(known, opened)
    rows = list(history.each(Kind.PERSON, columns=["at_us", "phone", "detail"]))
    rang = {phone for (phone,) in history.each(Kind.ALARM, columns=["phone"])}
    south = {row[1] for row in rows if row[2] == "open_app"}
    assert {row[1] for row in rows if row[2] == "acknowledge"} == rang == south, "south alone is blind"
    cleared = {(at_us, phone) for at_us, phone in history.each(Kind.CLEAR, columns=["at_us", "phone"])}
    assert {(at_us, phone) for at_us, phone, does in rows if does == "acknowledge"} <= cleared
    polls = {(at_us, phone) for at_us, phone in history.each(Kind.POLL, columns=["sent_us", "phone"])}
    assert {(at_us, phone) for at_us, phone, does in rows if does == "open_app"} <= polls


def test_a_night_with_people_is_the_same_again_and_without_them_as_ever() -> None:
    snoozed = PersonEvent(at="14m", share="60%", does="snooze", lasts="3m")
    assert night(snoozed).sha256() == night(snoozed).sha256()
    assert night().sha256() == run_in_memory(plan(3))[0].sha256() != night(snoozed).sha256()


def test_a_phone_that_stopped_is_not_there_for_any_rule_and_is_told_nothing_more() -> None:
    history = night(PersonEvent(at="2m", who="rest", share="20%", does="stop_following"))
    said = list(history.each(Kind.PERSON, columns=["at_us", "phone", "detail"]))
    (stopped,) = {phone for _, phone, _ in said}
    assert [word for _, _, word in said] == ["stop_following", "follow_ended"]
    ended_us = said[1][0]
    polls = [at_us for at_us, phone in history.each(Kind.POLL, columns=["sent_us", "phone"]) if phone == stopped]
    taken = [at_us for at_us, phone in history.each(Kind.ACCEPTED, columns=["at_us", "phone"]) if phone == stopped]
    assert max(polls) < ended_us
    assert not [at_us for at_us in taken if at_us > ended_us], (
        "the watchdog died, and this phone is none of its follows"
    )
