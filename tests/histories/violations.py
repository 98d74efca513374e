"""For each rule the smallest history in which it is violated: what proves that the rule can fail at all.

``docs/check_guides.py`` judges each of them by its rule, and fails where the rule does not.
"""

from __future__ import annotations

from collections.abc import Mapping

from deadair.rules.evidence import Evidence
from tests.histories.ops import (
    ALWAYS_FRESH,
    BLIND_FROM_30,
    accepted,
    alarm,
    entry,
    evidence,
    fault,
    hands_in,
    measured,
    probed,
    reads,
    shows,
    status,
    upload,
)

VIOLATIONS: Mapping[str, Evidence] = {
    "no_data_deadline": evidence(BLIND_FROM_30),
    "no_data_repeats": evidence(BLIND_FROM_30, alarm(31)),
    "clears": evidence(BLIND_FROM_30, alarm(31)),
    "low_alerted": evidence(hands_in(20, 25, 30, value=50)),
    "no_storm": evidence(BLIND_FROM_30, [alarm(31 + second / 60) for second in range(20)]),
    "defence_in_depth": evidence(BLIND_FROM_30, alarm(31)),
    "privacy": evidence(reads(5), reads(6, phone=2), shows(7, 6), phones=2),
    "keeps_out": evidence(entry(20, "wrong_password", "let_in")),
    "no_false_alarm": evidence(ALWAYS_FRESH, alarm(33)),
    "no_false_clear": evidence(BLIND_FROM_30, sent=[accepted(33, says="clear")]),
    "freshness": evidence(reads(5), upload(20, 20), measured(20)),
    "nothing_lost": evidence(upload(5, 5), probed(80, 0)),
    "shows_age": evidence(reads(5), shows(25, None)),
    "recovers": evidence(reads(0, 5, 10), faults=(fault("uplink", 10, 50),)),
    "status_published": evidence(BLIND_FROM_30, [status(at, "clear") for at in range(0, 91, 5)]),
}
"""By the rule's kind. ``noop`` has none: it judges nothing."""
