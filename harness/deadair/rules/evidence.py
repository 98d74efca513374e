"""What rules judge from: the history, who took part, when the phases and faults were, and what is in doubt.

A value and its derived tables. It knows no scenario, no rule and no limit: those belong to whoever asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

import polars as pl

from deadair.history.reader import History
from deadair.history.rows import Kind
from deadair.model.alert_path import AlertPath
from deadair.model.reading import LEAST_GLUCOSE_MG_DL
from deadair.model.roster import Phone, Roster
from deadair.rules.blindness import NEVER_US, Blind, Standstill, apart, blind_early, blind_stretches, limit_us
from deadair.rules.fault_window import FaultWindow
from deadair.rules.notifications import ACCEPTED, PRESENTED, Notification, TakenBy, notifications, taken_by
from deadair.rules.reading_way import ReadingWay
from deadair.rules.said import SAID, FollowerSaid, said_by

SECOND_US = 1_000_000
MINUTE_US = 60 * SECOND_US

READING = ["patient", "measured_us", "value"]
"""The columns that make a reading."""

IS_GLUCOSE = pl.col("value") >= LEAST_GLUCOSE_MG_DL
_ACKNOWLEDGED = (pl.col("outcome") == "ok") | (pl.col("detail") == "duplicate").fill_null(value=False)

MANY_PERCENT = 5
"""So many phones blind at once are a matter for everybody: of a notice and of the status page."""

LOWS_MG_DL = range(LEAST_GLUCOSE_MG_DL, 56)
"""Urgently low: 55 mg/dL and below, as Dexcom's own urgent-low alarm. Under 39 a value is a sensor's code."""

CURRENT_US = 10 * MINUTE_US
"""A reading older than that says nothing of now: nobody is woken for it."""


@dataclass(frozen=True, slots=True)
class Moments:
    """When the phases began, and when the run ended."""

    warm_up_us: int
    storm_us: int
    recovery_us: int
    end_us: int

    def storm_s(self, at_us: int) -> float:
        """Return real-life seconds since the start of the storm."""
        return round((at_us - self.storm_us) / SECOND_US, 3)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the run that is in doubt, both ends included."""

    from_us: int
    until_us: int
    why: str
    aftermath_us: int = 0
    """How much of it, at its end, is only what came of it."""
    slows: bool = False
    """Whether it can only have made things late: what came in time all the same is in no doubt."""


@dataclass(frozen=True)
class Evidence:
    """Everything a rule may look at. Rules are pure functions of it."""

    history: History
    roster: Roster
    moments: Moments
    alert_paths: tuple[AlertPath, ...]
    """Those of the target."""
    faults: tuple[FaultWindow, ...] = ()
    doubts: tuple[Stretch, ...] = ()
    lag_us: int = 0
    """How late the fleet's operations began, p99, in real-life time."""
    cut_short: bool = False
    """Whether somebody ended the run before its time."""
    reading_way: ReadingWay | None = None
    """How a reading gets to a phone; none: nobody said."""

    @cached_property
    def grace_us(self) -> int:
        """Return G: what the harness itself may add to a moment: 1 min and its own measured lag."""
        return MINUTE_US + max(0, self.lag_us)

    @cached_property
    def doubtful(self) -> tuple[tuple[int, int], ...]:
        """Return the doubtful stretches, those that overlap joined, in order: (from, until)."""
        return tuple(apart((doubt.from_us, doubt.until_us) for doubt in self.doubts if not doubt.slows))

    @cached_property
    def doubtful_if_violated(self) -> tuple[tuple[int, int], ...]:
        """Return the same of all doubts, those too that can only have made things late."""
        return tuple(apart((doubt.from_us, doubt.until_us) for doubt in self.doubts))

    def in_doubt(self, from_us: int, until_us: int, *, violated: bool) -> bool:
        """Say whether the window of a case, violated or not, touches a doubtful stretch."""
        stretches = self.doubtful_if_violated if violated else self.doubtful
        return any(from_us <= until and until_us >= since for since, until in stretches)

    @cached_property
    def phones(self) -> dict[int, Phone]:
        """Return the judged phones by number: those whose no-data delay is switched on."""
        return {phone.phone: phone for phone in self.roster.phones if phone.no_data_after_us > 0}

    @cached_property
    def cohorts(self) -> dict[int, str]:
        """Return the cohort of every phone by number."""
        return {phone.phone: phone.cohort for phone in self.roster.phones}

    @cached_property
    def patients(self) -> dict[int, int]:
        """Return the patient that every phone follows, by the phone's number."""
        return {phone.phone: phone.patient for phone in self.roster.phones}

    @cached_property
    def measured(self) -> pl.DataFrame:
        """Return what the devices themselves recorded, codes too: patient, measured_us, value, each once; made_us: when
        first."""
        rows = self.history.of(Kind.MEASURED, columns=[*READING, "at_us"])
        return rows.group_by(READING).agg(made_us=pl.min("at_us"))

    @cached_property
    def lows(self) -> dict[tuple[int, int], int]:
        """Return when a device had made it first, by (patient, measured_us), of every urgently low reading."""
        low = self.measured["value"].is_between(LOWS_MG_DL[0], LOWS_MG_DL[-1])
        first = self.measured.filter(low).group_by("patient", "measured_us").agg(pl.min("made_us"))
        return {(patient, measured_us): made_us for patient, measured_us, made_us in first.iter_rows()}

    @cached_property
    def acknowledgements(self) -> pl.DataFrame:
        """Return each time that the service acknowledged a reading, in order. A sensor's code is none."""
        columns = [*READING, "sent_us", "at_us", "outcome", "detail"]
        uploads = self.history.of(Kind.UPLOAD, columns=columns).lazy().filter(_ACKNOWLEDGED & IS_GLUCOSE)
        return uploads.drop("outcome", "detail").collect(engine="in-memory")

    @cached_property
    def acknowledged(self) -> pl.DataFrame:
        """Return each reading that the service acknowledged, as it did so first, in order."""
        return self.acknowledgements.unique(["patient", "measured_us"], keep="first", maintain_order=True)

    @cached_property
    def screens(self) -> pl.DataFrame:
        """Return each change of a screen in the run, with ``real``: the device that its phone follows had made that."""
        rows = self.history.of(Kind.SCREEN, columns=["at_us", "phone", "detail", *READING])
        rows = rows.head(int((rows["at_us"] <= self.moments.end_us).sum()))
        screens = rows.lazy().join(self.measured.lazy(), on=READING, how="left", maintain_order="left")
        follows = [(phone.phone, phone.patient) for phone in self.roster.phones]
        followed = pl.LazyFrame(follows, schema={"phone": pl.Int32, "followed": pl.Int32}, orient="row")
        screens = screens.join(followed, on="phone", how="left", maintain_order="left")
        real = (pl.col("made_us") <= pl.col("at_us")) & (pl.col("patient") == pl.col("followed")) & IS_GLUCOSE
        screens = screens.with_columns(real.fill_null(value=False).alias("real"))
        return screens.drop("made_us", "followed").collect(engine="in-memory")

    @cached_property
    def _first_reading_us(self) -> tuple[dict[int, int], dict[int, int]]:
        """Return when there was a reading first: acknowledged, by patient, and shown, by phone."""
        shown = self.screens.filter(pl.col("measured_us").is_not_null())
        first = (
            self.acknowledged.group_by("patient").agg(pl.min("at_us")),
            shown.group_by("phone").agg(pl.min("at_us")),
        )
        return dict(first[0].iter_rows()), dict(first[1].iter_rows())

    def had_readings(self, phone: Phone, at_us: int) -> bool:
        """Say whether by then a reading of a phone's patient had been acknowledged, or the phone had shown any."""
        acknowledged, shown = self._first_reading_us
        return min(acknowledged.get(phone.patient, NEVER_US), shown.get(phone.phone, NEVER_US)) <= at_us

    @cached_property
    def _first_polls(self) -> dict[int, int | None]:
        """Return when each phone that polls had its first answer; none: never."""
        polls = self.history.of(Kind.POLL, columns=["phone", "at_us", "outcome"])
        answered_us = pl.col("at_us").filter(pl.col("outcome") == "ok").min()
        return dict(polls.group_by("phone").agg(answered_us).iter_rows())

    def follows_since_us(self, phone: Phone) -> int:
        """Return since when a service can know that a phone follows: it has answered its first poll."""
        first_us = self._first_polls.get(phone.phone, -NEVER_US)
        return NEVER_US if first_us is None else first_us

    @cached_property
    def blind(self) -> dict[int, tuple[Blind, ...]]:
        """Return the stretches in which each judged phone is blind."""
        return blind_stretches(self.screens, self.phones.values(), self.moments.warm_up_us, self.moments.end_us)

    @cached_property
    def blind_early(self) -> dict[int, tuple[Blind, ...]]:
        """Return when phones were blind by the stamp of a reading from before the warm-up, which moves no onset."""
        return blind_early(self.screens, self.phones, self.moments.warm_up_us)

    @cached_property
    def taken(self) -> TakenBy:
        """Return the messages that the push gateway took, by phone and path."""
        return taken_by(self.history.each(Kind.ACCEPTED, columns=ACCEPTED))

    @cached_property
    def notifications(self) -> dict[int, tuple[Notification, ...]]:
        """Return what each phone presented, from when to when, and whether the push gateway confirms it."""
        rows = self.history.each(Kind.ALARM, Kind.NOTICE, Kind.CLEAR, columns=PRESENTED)
        held_us = max((phone.no_data_after_us for phone in self.roster.phones), default=0)

        def since(number: int, at_us: int) -> int:
            return self.back_from(at_us, held_us, self.phones.get(number))

        within = takewhile(lambda row: row[0] <= self.moments.end_us, rows)
        return notifications(within, self.taken, self.grace_us, since, self.alert_paths)

    @cached_property
    def said(self) -> Mapping[int, Sequence[FollowerSaid]]:
        """Return what followers said to what rang, by phone."""
        if not self.history.of(Kind.PERSON, columns=["at_us"]).height:
            return {}
        rows = self.history.each(Kind.ALARM, Kind.LOW, Kind.CLEAR, Kind.PERSON, columns=SAID)
        return said_by(takewhile(lambda row: row[0] <= self.moments.end_us, rows))

    def said_of(self, what: str, phone: int) -> list[FollowerSaid]:
        """Return what was said on a phone to what it presented: alarm or low."""
        return [one for one in self.said.get(phone, ()) if what in one.of]

    def cut_off(self, phone: Phone) -> list[Standstill]:
        """Return when faults kept a phone from being reached."""
        return [fault.standstill for fault in self.faults if fault.cuts_off(phone)]

    def back_from(self, at_us: int, span_us: int, phone: Phone | None) -> int:
        """Return when a span before a moment began, time left out in which a fault kept the phone from being reached.

        What was sent to it in that time, or just before it, comes only now.
        """
        cuts = [] if phone is None else self.cut_off(phone)
        backwards = [Standstill(-(NEVER_US if cut.until_us is None else cut.until_us), -cut.from_us) for cut in cuts]
        return -limit_us(-at_us, span_us, backwards)

    @cached_property
    def last_heal_us(self) -> int | None:
        """Return when the last fault was healed, the start of recovery if there was none; none: one never was."""
        heals = [fault.heal_us for fault in self.faults]
        if None in heals:
            return None
        return max([heal for heal in heals if heal is not None], default=self.moments.recovery_us)

    @cached_property
    def many_blind(self) -> list[Blind]:
        """Return the stretches in which at least ``MANY_PERCENT`` of the judged phones are blind."""
        return self._many(self.blind)

    def many_unconfirmed(self, later_us: int) -> list[Blind]:
        """Return the same as somebody sees it to whom each phone says so much later what it shows."""
        heard = self.screens.with_columns(pl.col("at_us") + later_us)
        moments = self.moments
        return self._many(blind_stretches(heard, self.phones.values(), moments.warm_up_us, moments.end_us))

    def _many(self, blind_of: Mapping[int, tuple[Blind, ...]]) -> list[Blind]:
        """Return when at least ``MANY_PERCENT`` of the judged phones are blind. ``blind_of``: by phone."""
        steps: dict[int, int] = {}
        for stretches in blind_of.values():
            for stretch in stretches:
                steps[stretch.onset_us] = steps.get(stretch.onset_us, 0) + 1
                if stretch.until_us is not None:
                    steps[stretch.until_us] = steps.get(stretch.until_us, 0) - 1
        enough = MANY_PERCENT * len(self.phones)
        found: list[Blind] = []
        blind, onset_us = 0, None
        for at_us, step in sorted(steps.items()):
            blind += step
            if onset_us is None and 100 * blind >= enough:
                onset_us = at_us
            elif onset_us is not None and 100 * blind < enough:
                found.append(Blind(onset_us, at_us))
                onset_us = None
        return found if onset_us is None else [*found, Blind(onset_us, None)]
