"""What a sensor measures: one glucose value and its moment."""

from __future__ import annotations

from typing import NamedTuple


class Reading(NamedTuple):
    """One glucose value, stamped by its device in whole Unix seconds."""

    measured_s: int
    value_mg_dl: int
