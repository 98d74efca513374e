"""One wrong password locks the account out, also of whoever then types the right one."""

from __future__ import annotations

from dataclasses import replace

from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.alerts.lows_to_watchdog import LowSender
from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.http.admission import Gate
from deadair.reference.http.request_guard import Books
from deadair.reference.nodes.gateway import Gateway
from deadair.reference.settings import Settings


class OneWrongPassword(Gateway):
    """Forgives nothing."""

    def __init__(  # noqa: PLR0913, PLR0917 - as the good one
        self,
        env: Env,
        settings: Settings,
        admission: Gate,
        evidence: EvidenceSender,
        lows: LowSender,
        books: type[Books] = Books,
    ) -> None:
        super().__init__(env, replace(settings, password_failures_max=1), admission, evidence, lows, books)


DEFECT = Defect(
    name="one-wrong-password",
    what=__doc__,
    seen=(
        "No report of one was found. Dexcom Share locks out after several (SSO_AuthenticateMaxAttemptsExceeded), and"
        " who is locked out sees nothing."
    ),
    parts={Gateway: OneWrongPassword},
    caught=(Catch("smoke/people", rule="freshness"),),
)
