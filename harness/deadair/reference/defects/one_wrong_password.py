"""One wrong password locks the account out, also of whoever then types the right one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.env import Env
from deadair.reference.nodes.gateway import Gateway
from deadair.reference.settings import Settings


class OneWrongPassword(Gateway):
    """Forgives nothing."""

    def __init__(self, env: Env, settings: Settings, *parts: Any) -> None:
        super().__init__(env, replace(settings, password_failures_max=1), *parts)


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
