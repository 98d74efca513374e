"""What the service's work costs: CPU time in real seconds, as measured on its live processes by ``make calibrate``.

Real time charges nothing for these figures; in virtual time they are all that makes a node busy. Holds no
decisions, knows no clock. What is measured how, and what is left out, is in ``docs/calibration.md``.
"""

from __future__ import annotations

from deadair.reference.http.admission import Urgency

LOGIN_S = 670e-6
"""The gateway opens a session, or registers a phone: the password checked, one commit."""
UPLOAD_S = 420e-6
"""The gateway takes an upload in and commits it, whatever it holds."""
UPLOADED_READING_S = 17e-6
"""The gateway, for each reading of an upload."""
POLL_S = 220e-6
"""The gateway answers a phone's poll."""
READ_S = 190e-6
"""The gateway answers a read of the newest value."""
REFUSAL_S = 210e-6
"""The gateway says "not now"."""
ADMIN_S = 170e-6
"""The gateway answers an administrator's request."""
EVIDENCE_SENT_S = 390e-6
"""The gateway sends one request with evidence."""
EVIDENCE_S = 320e-6
"""The watchdog takes one request with evidence and commits it, whatever it holds."""
EVIDENCE_ENTRY_S = 27e-6
"""The watchdog, for each entry of such a request."""
ALARM_S = 210e-6
"""The watchdog decides one alarm and commits it."""
STORED_BATCH_S = 660e-6
"""The processor moves a batch from the inbox to the store: two commits, whatever it holds."""
STORED_READING_S = 12e-6
"""The processor, for each reading of a batch."""
PUSH_S = 550e-6
"""The notifier tries one push, and commits that it arrived."""
NOTICE_S = 380e-6
"""The sentinel tries one push; it commits many at once."""
HEARTBEAT_S = 210e-6
"""The sentinel hears one heartbeat."""

REQUEST_S = {
    Urgency.FRESH_UPLOAD: UPLOAD_S,
    Urgency.POLL: POLL_S,
    Urgency.LOGIN: LOGIN_S,
    Urgency.READ: READ_S,
    Urgency.BACKFILL: UPLOAD_S,
}
"""What the gateway pays for a request that is taken on, by its kind."""
