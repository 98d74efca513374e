"""Whether a well-formed scenario makes sense: with itself, its target, and how far time can be compressed.

Pure. Knows the model and what a target says of itself; neither YAML nor files. The files beside it do the sums.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from deadair.documents.error_text import Problem, field, nearest
from deadair.fleet.roster import members_of
from deadair.model.duration import show
from deadair.model.excerpt import excerpt
from deadair.model.mixture import Mixture, Value, share_of_all
from deadair.model.plural import count
from deadair.rules.no_data_deadline import NoDataDeadline
from deadair.rules.rule import kind_of
from deadair.scenario.alert_outages import alert_paths
from deadair.scenario.durations import doubtful_durations, impossible_phases, vain_durations
from deadair.scenario.habit_checks import unfit_habits, vain_habits
from deadair.scenario.model import ANY, FleetSpec, Scenario
from deadair.scenario.overlaps import collisions, dead_and_hanging, hidden_at_provider, hidden_faults, outside_the_storm
from deadair.scenario.people_checks import impossible_events, unknown_words
from deadair.scenario.places import beyond, misplaced, unknown_capacities
from deadair.scenario.promise_checks import doubtful_promises, vain_promises
from deadair.scenario.proof_needs import too_quiet, too_short, too_strong
from deadair.scenario.slow_links import doubtful_delays, vain_delays
from deadair.targets.service_times import ServiceTimes
from deadair.targets.target import Target

REAL_SECONDS_PER_READING_MIN = 1
"""The stamps of the devices' protocol are whole seconds."""

SESSION_LASTS_MIN = timedelta(minutes=5)


def problems(scenario: Scenario, targets: Mapping[str, Target]) -> tuple[Problem, ...]:
    """Return everything about the scenario for which it cannot be run."""
    return (*senseless(scenario), *misfits(scenario, targets))


def senseless(scenario: Scenario) -> tuple[Problem, ...]:
    """Return everything for which it cannot be run on any target."""
    return (
        *_cohorts(scenario),
        *_shares(scenario),
        *impossible_phases(scenario),
        *outside_the_storm(scenario),
        *collisions(scenario),
        *impossible_events(scenario),
        *_rules(scenario),
        *_compression(scenario),
    )


def misfits(scenario: Scenario, targets: Mapping[str, Target]) -> tuple[Problem, ...]:
    """Return everything for which it cannot be run on its target: nothing, if it is for any and none was named."""
    if scenario.target.name == ANY:
        return ()
    target = targets.get(scenario.target.name)
    if target is None:
        advice = nearest(scenario.target.name, targets)
        own = "" if "did you mean" in advice else "; for one of your own name its folder, --targets DIR"
        what = f"unknown target {excerpt(scenario.target.name)}{advice}{own}"
        return (Problem(("target", "name"), what),)
    return (
        *beyond(scenario, target),
        *_per_follow(scenario, target),
        *unknown_capacities(scenario, target),
        *_session_lasts(scenario, target),
        *_budget(scenario, target),
        *misplaced(scenario, target),
        *alert_paths(scenario, target),
        *unknown_words(scenario, target),
        *unfit_habits(scenario, target),
    )


def vain(scenario: Scenario) -> tuple[Problem, ...]:
    """Return everything for which a run of the scenario would prove nothing. It is refused when a file is read.

    A stored run has been made: it is judged, whatever it may prove.
    """
    return (
        *vain_durations(scenario),
        *vain_promises(scenario),
        *dead_and_hanging(scenario),
        *too_short(scenario),
        *vain_delays(scenario),
        *vain_habits(scenario),
    )


def warnings(scenario: Scenario, targets: Mapping[str, Target]) -> tuple[str, ...]:
    """Return a line for everything for which a run will or may fail or stay unknown, however good the service is."""
    target = targets.get(scenario.target.name)
    found = [
        *vain(scenario),
        *doubtful_durations(scenario),
        *doubtful_promises(scenario),
        *too_strong(scenario),
        *too_quiet(scenario),
        *doubtful_delays(scenario, target),
        *hidden_at_provider(scenario),
        *_loads_logged_out(scenario),
        *(hidden_faults(scenario, target) if target is not None else ()),
        *(_unjudged_deadline(scenario, target) if target is not None else ()),
    ]
    return tuple(f"{scenario.name}: {field(problem.path)}: {problem.what}" for problem in found)


def _cohorts(scenario: Scenario) -> Iterator[Problem]:
    fleet = scenario.fleet
    total = round(sum(fleet.cohorts.values()), 6)
    if total > 1:
        yield Problem(("fleet", "cohorts"), f"the shares add up to {total * 100:g}%; make them 100% or less")
        return
    members = members_of(fleet)
    for name, share in fleet.cohorts.items():
        if not members[name]:
            what = f"{share * 100:g}% of {fleet.devices} devices is none of them; write a larger share"
            yield Problem(("fleet", "cohorts", name), what)


def _shares(scenario: Scenario) -> Iterator[Problem]:
    """Refuse a share of the families, or of the phones, that is nobody's."""
    fleet = scenario.fleet
    families, phones = count(fleet.devices, "device"), count(fleet.phones, "phone")
    yield from _of_nobody("followers_per_device", fleet.followers_per_device, fleet.devices, families)
    yield from _of_nobody("no_data_after", fleet.no_data_after, fleet.phones, phones)
    yield from _seconds(fleet)
    if fleet.realarm_every is not None:
        yield from _of_nobody("realarm_every", fleet.realarm_every, fleet.phones, phones)


def _seconds(fleet: FleetSpec) -> Iterator[Problem]:
    """Refuse second patients and second phones that nobody has."""
    first = count(fleet.first_phones, "phone")
    none = f"{{:g}}% of {first} is none of them; write a larger share"
    if fleet.second_patients and fleet.devices < 2:
        yield Problem(("fleet", "second_patients"), "there is one patient, so nobody follows another; leave it out")
    elif fleet.second_patients and not share_of_all(fleet.second_patients, fleet.first_phones):
        yield Problem(("fleet", "second_patients"), none.format(fleet.second_patients * 100))
    for name, share in fleet.second_phones.items():
        where = ("fleet", "second_phones", name)
        if name in fleet.cohorts:
            what = "second phones are a cohort of their own, and `fleet.cohorts` has this one; choose another name"
            yield Problem(where, what, at_key=True)
        elif not share_of_all(share, fleet.first_phones):
            yield Problem(where, none.format(share * 100))


def _of_nobody(name: str, mixture: Mixture[Value], everybody: int, of_whom: str) -> Iterator[Problem]:
    for (_, share), each in zip(mixture.parts, mixture.members(everybody).values(), strict=True):
        if not each:
            what = f"{share * 100:g}% of {of_whom} is none of them; write a larger share"
            yield Problem(("fleet", name), what)


def _rules(scenario: Scenario) -> Iterator[Problem]:
    seen = set()
    for number, rule in enumerate(scenario.checks):
        if type(rule) in seen:
            yield Problem(("checks", number), "the same rule twice; keep one")
        seen.add(type(rule))


def _compression(scenario: Scenario) -> Iterator[Problem]:
    real_s = scenario.fleet.reading_every.total_seconds() / scenario.speed
    if real_s < REAL_SECONDS_PER_READING_MIN:
        fastest = scenario.fleet.reading_every.total_seconds() / REAL_SECONDS_PER_READING_MIN
        what = f"at {scenario.speed:g} a device measures every {real_s:.2g} real s, finer than its stamps"
        yield Problem(("speed",), f"{what}; write {fastest:g} or less")


def _per_follow(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Refuse what a follow of the target cannot have of its own: it would be judged by what it was never told."""
    fleet = scenario.fleet
    if len(fleet.no_data_after.parts) > 1 and "no_data_after" not in target.per_follow:
        what = f"the target {target.name!r} has one T for all its follows, and is told no other; write one"
        yield Problem(("fleet", "no_data_after"), what)
    if fleet.realarm_every is not None and "realarm_every" not in target.per_follow:
        what = f"no follow of the target {target.name!r} is told how often it is to be told again; leave it out"
        yield Problem(("fleet", "realarm_every"), f"{what}, and say R by `every` of no_data_repeats", at_key=True)
    for name in ("second_patients", "second_phones"):
        if getattr(fleet, name) and name not in target.per_follow:
            what = f"nobody knows whether a follower of the target {target.name!r} can have two; leave it out"
            yield Problem(("fleet", name), what, at_key=True)


def _budget(scenario: Scenario, target: Target) -> Iterator[Problem]:
    limit = scenario.deadline.within
    budget_s = target.detection_budget_s(scenario.speed)
    if budget_s > limit.total_seconds() / 2:
        what = (
            f"at {scenario.speed:g} the target {target.name!r} may need {show(timedelta(seconds=round(budget_s)))} to "
            f"notice a dead part, more than half of the limit of {show(limit)}"
        )
        yield Problem(("speed",), f"{what}; write a lower speed (`deadair doctor` shows the budgets)")


def _session_lasts(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Refuse to tell a target how long its sessions last that does not heed it."""
    lasts = scenario.target.session_lasts
    if lasts is None:
        return
    door = target.door(ServiceTimes(session_lasts_s=lasts.total_seconds()))
    if door is None or door.session_lasts_s != lasts.total_seconds():
        what = f"the target {target.name!r} cannot be told how long a session lasts; leave it out"
        yield Problem(("target", "session_lasts"), what)
    elif lasts < SESSION_LASTS_MIN:
        what = f"{show(lasts)} is less than it takes to log everybody in; write {show(SESSION_LASTS_MIN)} or more"
        yield Problem(("target", "session_lasts"), what)


def _loads_logged_out(scenario: Scenario) -> Iterator[Problem]:
    """Warn of a load whose accounts log in before the warm-up, and whose sessions end before it does."""
    lasts = scenario.target.session_lasts
    for number, entry in enumerate(scenario.timeline):
        ends = scenario.phases.warm_up + entry.at + entry.lasts
        if lasts is not None and entry.fault.accounts_needed and ends > lasts:
            what = f"its accounts log in before the warm-up, and their sessions end after {show(lasts)}, before it does"
            yield Problem(("timeline", number), f"{what}: what it sends then is refused at once")


def _unjudged_deadline(scenario: Scenario, target: Target) -> Iterator[Problem]:
    """Warn that no run can pass on a target of which nobody sees whether it alerts."""
    for number, rule in enumerate(scenario.checks):
        if (why := target.unjudged.get(kind_of(rule))) is not None and isinstance(rule, NoDataDeadline):
            yield Problem(
                ("checks", number), f"no run will pass, for the target {target.name!r} is not judged by it: {why}"
            )
