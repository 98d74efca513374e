"""The columns of a history and the kinds of rows, each with who makes it and what it says.

A row is flat: a column that a kind does not use is null. All ``_us`` columns are real-life microseconds on the
run's axis (``deadair.model.clock``).
"""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa

FORMAT = 1

SCHEMA = pa.schema(
    [
        pa.field("at_us", pa.int64(), nullable=False),  # when it had happened: for an operation, its end
        pa.field("seq", pa.int64(), nullable=False),  # the recorder's own count, from 0
        pa.field("kind", pa.string(), nullable=False),
        pa.field("intended_us", pa.int64()),  # when the timetable wanted an operation to begin
        pa.field("sent_us", pa.int64()),  # when it did begin
        pa.field("outcome", pa.string()),  # ok, fail (surely did not happen), info (may or may not have)
        pa.field("phone", pa.int32()),
        pa.field("patient", pa.int32()),
        pa.field("measured_us", pa.int64()),  # when the reading was measured
        pa.field("value", pa.int64()),  # mg/dL of a reading; a count elsewhere
        pa.field("path", pa.string()),  # one of the alert paths of the target
        pa.field("place", pa.string()),  # node or link, as in a scenario
        pa.field("detail", pa.string()),  # one word, or JSON where the kind says so
    ]
)
"""The reader adds one more column, ``who``: the recorder's name, which is the shard's name."""


FOLLOW_ENDED = "follow_ended"
"""The word of a row PERSON by which the service acknowledged that a phone follows no more."""


class Kind(StrEnum):
    """The kinds of rows. In brackets: the recorder that makes it."""

    # every recorder, about itself
    HEARTBEAT = "heartbeat"  # each beat of environment.json; value: real ms that the wall clock has jumped so far
    CLOSED = "closed"  # the recorder's last row; a shard without one is torn
    # the runner
    PHASE = "phase"  # detail: warm_up, storm, recovery, end; the start of each
    STEADY = "steady"  # outcome ok: steady state reached; fail: not; detail says what was missing
    READY = "ready"  # place: a node; outcome ok or fail; on change only
    FAULT = "fault"  # place; detail: JSON {id, kind, event: begin|begun|heal|healed, ...}
    SAMPLE = "sample"  # place; detail: JSON {id, when: before|during|after, ...}: one look at a fault's signature
    STORED = "stored"  # target's probe: patient, measured_us, value mg/dL; one row per stored reading
    STORED_PROBED = "stored_probed"  # patient: its stored readings were asked for; outcome; value: rows answered
    BACKLOG = "backlog"  # target's probe: value: readings waiting
    ENTRY_TRIED = "entry_tried"  # a try at the target's door: detail says what; outcome let_in, kept_out, or info: no
    # word on it; value: of which round; intended_us of the right password: from when on no lock-out keeps it out
    STARVED = "starved"  # since sent_us others had value real ms of each core of detail (target, harness), and place
    # waited for it; without detail, of a node alone: it waited value real ms
    TROUBLE = "trouble"  # the harness itself failed: detail is one sentence; doubt from at_us on
    ABORT = "abort"  # detail: who asked and why
    # the fleet
    MEASURED = "measured"  # a device made a reading: patient, measured_us, value
    WITHHELD = "withheld"  # a device was due and had no reading to hand in: patient; detail gap|warm_up|code|late
    UPLOAD = "upload"  # per reading acknowledged: patient, measured_us, value, outcome; detail "duplicate" if so
    # answered; of an upload that was not acknowledged, one row for the first of its readings
    POLL = "poll"  # phone, patient, outcome, place
    SCREEN = "screen"  # phone, patient; detail current|old|blank; measured_us and value unless blank; on change
    ALARM = "alarm"  # phone presents a no-data alarm: phone, patient, path; measured_us: newest it speaks of
    NOTICE = "notice"  # phone presents a service notice: phone, path
    LOW = "low"  # phone presents a low glucose value, no word about silence: phone, patient, path, measured_us
    CLEAR = "clear"  # phone stops presenting; detail: alarm, notice or low
    PERSON = "person"  # a follower did something with a phone: phone, patient; detail: the word; value: s it lasts
    PUSH = "push"  # phone got a push: phone, path, patient; detail: presented|held|overtaken|clear
    STATUS = "status"  # the public status page was read: detail incident|clear; outcome ok or info
    LINK = "link"  # last_mile[cohort] as the phones saw it: place; detail up|down
    # a load process
    OFFERED = "offered"  # place; detail: fault id; value: requests (overload) or readings (backlog) since the last
    # the proxies, seen from outside, in a live run
    ECHO = "echo"  # an echo of the harness's own came back through a proxy; sent_us: when it was sent
    HELD = "held"  # place: a link whose proxy has not passed on what it took in since intended_us; one row a look
    # the push gateway
    ACCEPTED = "accepted"  # phone, path: a push message taken from the target; outcome ok, fail (404) …
    # detail: its kind; measured_us: newest it speaks of, if it says so; one to a topic has no phone
