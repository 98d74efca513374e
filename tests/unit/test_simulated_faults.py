"""A fault of a simulated night is proved only where it bites, as it is in a live one."""

from __future__ import annotations

import pytest

from deadair.engines.run_plan import RunPlan
from deadair.engines.simulated.network_link import NetworkLink
from deadair.model.judgement import Judgement
from deadair.model.verdict import Verdict
from deadair.runner import try_out
from deadair.scenario.load import loads
from deadair.targets.catalogue import TARGETS
from tests.unit.small_night import SCENARIO


def night(*entries: str) -> Judgement:
    """Return what is judged of the small night with these faults instead of its own."""
    above, _, below = SCENARIO.partition("timeline:\n")
    timeline = "".join(f"  - {entry}\n" for entry in entries)
    text = f"{above}timeline:\n{timeline}{below[below.index('checks:') :]}"
    # Read as a stored run is: what can prove nothing is not refused, and must still be judged for what it is.
    scenario = loads(text, "small_night.yaml", translate=lambda root: root)
    return try_out(RunPlan.drawn(scenario, TARGETS["reference"]))


def test_a_pause_of_a_node_at_work_is_proved_and_gone() -> None:
    (fault,) = night("{at: 3m, lasts: 12m, where: watchdog, fault: {kind: pause}}").faults
    assert (fault.proved, fault.heal_proved) == (True, True)


def test_a_pause_of_a_node_that_is_dead_all_the_time_is_not_proved() -> None:
    judgement = night(
        "{at: 1m, lasts: 22m, where: watchdog, fault: {kind: kill}}",
        "{at: 5m, lasts: 12m, where: watchdog, fault: {kind: pause}}",
    )
    dead, paused = judgement.faults
    assert dead.proved
    assert not paused.proved
    assert "the node was at work while it lasted" in paused.why
    assert judgement.verdict is Verdict.UNKNOWN


def test_a_pause_of_a_node_that_is_killed_meanwhile_is_not_proved() -> None:
    paused, dead = night(
        "{at: 3m, lasts: 10m, where: watchdog, fault: {kind: pause}}",
        "{at: 8m, lasts: 12m, where: watchdog, fault: {kind: kill}}",
    ).faults
    assert (paused.proved, dead.proved) == (False, True)


def test_a_fault_that_breaks_nothing_is_made_and_undone_and_no_run_passes_by_it() -> None:
    judgement = night(
        '{at: 0m, lasts: 20m, where: "downlink[south]", fault: {kind: partition}}',
        "{at: 3m, lasts: 12m, where: watchdog, fault: {kind: noop}}",
    )
    cut, nothing = judgement.faults
    assert (cut.proved, nothing.begun, nothing.healed, nothing.heal_proved) == (True, True, True, True)
    assert not nothing.proved
    assert judgement.verdict is Verdict.UNKNOWN
    assert [doubt.what for doubt in judgement.doubts] == [
        "f2 (noop at watchdog) was not proved to have had an effect: "
        "it was made and undone, and it breaks nothing: it tests nobody"
    ]


def test_a_node_that_hangs_delays_no_other_fault() -> None:
    """Whoever asks it how it is does not wait: a fault that came late would meet another moment of the run."""
    faults = night(
        "{at: 1m, lasts: 10m, where: sentinel, fault: {kind: pause}}",
        "{at: 90s, lasts: 8m, where: gateway, fault: {kind: pause}}",
        "{at: 100s, lasts: 60s, where: uplink, fault: {kind: partition}}",
        "{at: 200s, lasts: 60s, where: downlink, fault: {kind: partition}}",
        "{at: 290s, lasts: 100s, where: watchdog, fault: {kind: kill}}",
    ).faults
    late_s = [
        (each.id, round(begun - each.intended_begin_at_s), round(healed - each.intended_heal_at_s))
        for each in faults
        if (begun := each.begun_at_s) is not None and (healed := each.healed_at_s) is not None
        if each.intended_begin_at_s is not None and each.intended_heal_at_s is not None
    ]
    assert late_s == [(f"f{number}", 0, 0) for number in range(1, 6)]


@pytest.mark.parametrize("where", ["last_mile", "last_mile[south]"])
def test_a_cut_of_the_last_mile_is_proved_and_gone(where: str) -> None:
    """No push may travel over it just then: the phones' pings do."""
    (fault,) = night(f'{{at: 3m, lasts: 12m, where: "{where}", fault: {{kind: partition}}}}').faults
    assert (fault.proved, fault.heal_proved) == (True, True), fault.why


def test_a_cut_of_the_last_mile_that_does_not_bite_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(link: NetworkLink) -> None: ...

    monkeypatch.setattr(NetworkLink, "stall", nothing)
    judgement = night('{at: 3m, lasts: 12m, where: "last_mile[south]", fault: {kind: partition}}')
    assert not judgement.faults[0].proved
    assert "bytes were sent to its clients while it was broken" in judgement.faults[0].why
    assert judgement.verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("where", ["uplink", "downlink[south]", "last_mile", "gateway→watchdog"])
def test_a_slow_link_is_proved_with_its_figure_and_gone(where: str) -> None:
    """By what travels over it just then; of the last mile by the phones' pings."""
    (fault,) = night(
        f'{{at: 3m, lasts: 12m, where: "{where}", fault: {{kind: latency, delay: 6s, jitter: 2s}}}}'
    ).faults
    assert (fault.proved, fault.heal_proved) == (True, True), fault.why
    assert fault.why.count("what passed took 5.") + fault.why.count("what passed took 6.") == fault.why.count(": what")


def test_a_slow_link_that_is_as_fast_as_ever_is_not_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(link: NetworkLink, delay_s: float, jitter_s: float) -> None: ...

    monkeypatch.setattr(NetworkLink, "slow", nothing)
    judgement = night('{at: 3m, lasts: 12m, where: "downlink[south]", fault: {kind: latency, delay: 6s}}')
    assert not judgement.faults[0].proved
    assert "but some of it only 0.0" in judgement.faults[0].why
    assert judgement.verdict is Verdict.UNKNOWN


def test_a_link_that_stays_slow_is_not_proved_to_be_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    quicken = NetworkLink.quicken

    def quicken_up(link: NetworkLink) -> None:
        delay_s = link.down.slow_s
        quicken(link)
        link.down._changed_s, link.down.slow_s = 1e9, 0.0
        link.up.slow(delay_s, 0.0)

    monkeypatch.setattr(NetworkLink, "quicken", quicken_up)
    monkeypatch.setattr(NetworkLink, "slowed", False)
    judgement = night('{at: 3m, lasts: 12m, where: "downlink[south]", fault: {kind: latency, delay: 6s}}')
    assert (judgement.faults[0].proved, judgement.faults[0].heal_proved) == (True, False)


def test_whoever_is_cut_off_is_alerted_by_a_service_whose_links_are_slow() -> None:
    judgement = night(
        '{at: 0m, lasts: 20m, where: "uplink[south]", fault: {kind: partition}}',
        "{at: 0m, lasts: 20m, where: gateway→watchdog, fault: {kind: latency, delay: 6s, jitter: 2s}}",
        "{at: 0m, lasts: 20m, where: downlink, fault: {kind: latency, delay: 6s, jitter: 2s}}",
    )
    assert [fault.proved for fault in judgement.faults] == [True, True, True]
    assert judgement.verdict is Verdict.PASS, judgement.why
