"""What followers do with their phones during a storm, as frozen values. What needs the fleet is judged elsewhere.

Each field's sentence goes into the JSON schema and docs/scenarios.md. This file knows no YAML and no phone.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

from deadair.model.duration import Duration, Lasting
from deadair.scenario.shares import Share

EVERYBODY = "all"
"""Stands for every cohort."""

STOPS = "stop_following"
Does = Literal["acknowledge", "snooze", "open_app", "log_in_anew", "wrong_password", "stop_following"]


class PersonEvent(BaseModel):
    """What some followers do at a moment."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    at: Duration
    """When, counted from the start of the storm; before its end."""
    who: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,29}$")] = EVERYBODY
    """Whose followers: a cohort of the fleet, `rest` for those in none, or `all`."""
    share: Share = 1.0
    """How many of them, drawn from the seed; one at the least."""
    does: Does
    """What they do. `acknowledge`: what rings is known, and this silence or low rings no more. `snooze`: it is to ring
    again later. Both are done only by those whose phone rings then. `open_app`: it polls at once. `log_in_anew`: out
    and in again. `wrong_password`: the same, with a wrong password first, and then with the right one.
    `stop_following`: for good; such a phone is not judged at all, but nobody may tell it anything any more."""
    lasts: Lasting | None = None
    """How long a `snooze` lasts; the others take none."""
