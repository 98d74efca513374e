"""What the sentinel concludes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from deadair.reference.alerts.outage import HeardOf, OutageState, assess, hear, still_for_s
from deadair.reference.settings import Settings

SETTINGS = Settings()
WELL = HeardOf(watchdog_s=1000.0, notifier_s=1000.0)


def test_all_is_well_while_both_nodes_beat() -> None:
    assert assess(OutageState(), WELL, SETTINGS, 1030.0).incident_s is None


def test_a_silent_watchdog_is_an_outage_after_the_limit() -> None:
    heard = HeardOf(watchdog_s=1000.0, notifier_s=1150.0)
    assert assess(OutageState(), heard, SETTINGS, 1150.0).outage_s is None
    assert assess(OutageState(), heard, SETTINGS, 1150.1).outage_s == 1150.1


def test_a_silent_notifier_is_an_outage() -> None:
    heard = HeardOf(watchdog_s=1150.0, notifier_s=1000.0)
    assert assess(OutageState(), heard, SETTINGS, 1151.0).outage_s == 1151.0


def test_a_stuck_push_is_an_outage_though_everything_beats() -> None:
    heard = HeardOf(1000.0, 1000.0, oldest_push_age_s=91.0)
    assert assess(OutageState(), heard, SETTINGS, 1000.0).outage_s == 1000.0


def test_a_push_goes_on_ageing_while_the_notifier_is_unheard() -> None:
    heard = HeardOf(1000.0, 1000.0, oldest_push_age_s=60.0)
    assert assess(OutageState(), heard, SETTINGS, 1029.0).outage_s is None
    assert assess(OutageState(), heard, SETTINGS, 1031.0).outage_s == 1031.0


def test_an_alarm_that_cannot_be_written_down_is_an_outage_and_ages_while_nobody_is_heard() -> None:
    heard = HeardOf(1000.0, 1030.0, overdue_s=60.0)
    assert assess(OutageState(), heard, SETTINGS, 1029.0).outage_s is None
    state = assess(OutageState(), heard, SETTINGS, 1031.0)
    assert (state.outage_s, state.words) == (1031.0, ("Alerts are not reaching phones.",))


def test_each_beat_tells_of_its_own_node_only() -> None:
    before = HeardOf(1000.0, 1000.0, 0.5, 7.0, 9.0)
    assert hear(before, {"node": "notifier", "oldest_push_age_s": 3}, 1100.0) == (
        HeardOf(1000.0, 1100.0, 0.5, 3.0, 9.0),
        [],
    )
    beat = {"node": "watchdog", "follows": 4, "blind": 1, "overdue_s": 4.0, "tokens": [[1, "a"]]}
    assert hear(before, beat, 1100.0) == (HeardOf(1100.0, 1000.0, 0.25, 7.0, 4.0), [(1, "a")])


def test_many_blind_followers_are_an_incident_but_no_outage() -> None:
    state = assess(OutageState(), HeardOf(1000.0, 1000.0, blind_share=0.05), SETTINGS, 1000.0)
    assert state.incident_s == 1000.0
    assert state.outage_s is None


def test_an_outage_ends_only_after_calm() -> None:
    state = OutageState(outage_s=900.0, incident_s=900.0, words=("x",))
    state = assess(state, WELL, SETTINGS, 1000.0)
    assert state.outage_s == 900.0
    state = assess(state, WELL, SETTINGS, 1059.0)
    assert state.outage_s == 900.0
    state = assess(state, WELL, SETTINGS, 1060.0)
    assert (state.outage_s, state.incident_s, state.words) == (None, None, ())


def test_trouble_during_the_calm_starts_it_again() -> None:
    state = assess(OutageState(outage_s=900.0, incident_s=900.0), WELL, SETTINGS, 1000.0)
    state = assess(state, HeardOf(1000.0, 1000.0, oldest_push_age_s=100), SETTINGS, 1030.0)
    assert state.calm_s is None
    assert state.outage_s == 900.0


def test_an_outage_ends_though_many_stay_blind_and_the_next_is_one_again() -> None:
    def after(state: OutageState, now_s: float, *, watchdog_s: float) -> OutageState:
        return assess(state, HeardOf(watchdog_s, now_s, blind_share=0.06), SETTINGS, now_s)

    state = after(OutageState(), 1000.0, watchdog_s=0.0)
    assert (state.outage_s, state.incident_s) == (1000.0, 1000.0)
    for now_s in (1010.0, 1069.0):
        state = after(state, now_s, watchdog_s=now_s)
        assert (state.outage_s, state.incident_s) == (1000.0, 1000.0)
    state = after(state, 1070.0, watchdog_s=1070.0)
    assert (state.outage_s, state.incident_s) == (None, 1000.0)
    assert state.words == ("Readings are not reaching 6% of followers.",)
    state = after(state, 2000.0, watchdog_s=1070.0)
    assert (state.outage_s, state.incident_s) == (2000.0, 1000.0)


def test_what_speaks_for_an_outage_starts_its_calm_again() -> None:
    state = assess(OutageState(outage_s=900.0, incident_s=900.0), WELL, SETTINGS, 1000.0)
    state = assess(state, HeardOf(1000.0, 1000.0, overdue_s=100), SETTINGS, 1030.0)
    assert assess(state, WELL, SETTINGS, 1070.0).outage_s == 900.0


@given(
    heard=st.builds(
        HeardOf,
        st.floats(700, 1100),
        st.floats(700, 1100),
        st.sampled_from([0.0, 0.04, 0.05, 1.0]),
        st.sampled_from([0.0, 1.0, 89.0, 91.0]),
        st.sampled_from([0.0, 1.0, 91.0]),
    ),
    before=st.sampled_from([OutageState(), OutageState(900.0, 900.0), OutageState(None, 900.0, None, 950.0)]),
    share=st.floats(0, 1),
)
def test_as_long_as_it_says_that_nothing_can_change_nothing_does(
    heard: HeardOf, before: OutageState, share: float
) -> None:
    state = assess(before, heard, SETTINGS, 1000.0)
    still_s = still_for_s(state, heard, SETTINGS, 1000.0)
    assert still_s <= SETTINGS.dead_after_s, "whatever the clock was set to"
    if still_s > 0:
        assert assess(state, heard, SETTINGS, 1000.0 + share * still_s) == state
