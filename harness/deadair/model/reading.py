"""What a sensor measures: one glucose value and its moment."""

from __future__ import annotations

from typing import NamedTuple

LEAST_GLUCOSE_MG_DL = 39
"""Below it a value is no glucose but a sensor's code: no reading to be shown."""


class Reading(NamedTuple):
    """One glucose value, stamped by its device in whole Unix seconds."""

    measured_s: int
    value_mg_dl: int
