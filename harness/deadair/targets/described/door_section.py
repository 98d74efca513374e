"""What a target file says of its door: what locks an account, how long a session lasts, how it is ended by hand."""

from __future__ import annotations

from datetime import timedelta

from pydantic import Field

from deadair.model.duration import Duration, Lasting
from deadair.targets.described.sections import HttpQuestion, Section


class DoorSection(Section):
    """What must keep strangers out, for the rule `keeps_out`. All times are real-life times, as a scenario's."""

    lockout_tries: int = Field(ge=2, le=1000)
    """So many wrong passwords in a row lock an account, for all or for one address. The harness stays below."""
    lockout_for: Duration = timedelta(0)
    """For how long; then the right password gets in again. `0s`: nobody is locked out."""
    session_lasts: Lasting | None = None
    """How long a session holds that nobody uses. Without it no session is tried that has ended by itself."""
    end_sessions: HttpQuestion | None = None
    """The request by which an administrator ends all sessions of `{account}`; any 2xx says that it is done. Without it
    no revoked session is tried."""
    patients_apart: bool = True
    """Whether an account that follows nobody must not be able to poll for a patient. `false`: there is but one."""
