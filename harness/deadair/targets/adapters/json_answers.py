"""What adapters read in answers that should be JSON. Pure; never raises, whatever a service answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

from deadair.model.json_pointer import MISSING, find
from deadair.model.reading import Reading
from deadair.targets.request import Answer
from deadair.targets.service_time import seconds_of


def said_in(answer: Answer) -> Any:
    """Return the JSON of an answer, ``MISSING`` if it is none."""
    try:
        return orjson.loads(answer.body)
    except ValueError:
        return MISSING


def newest_of(records: Iterable[Any], *, measured: str, value: str) -> Reading | None:
    """Return the newest of some records; none of what is no reading. ``measured`` points at Unix milliseconds."""
    readings = (_reading(record, measured, value) for record in records)
    return max((one for one in readings if one is not None), default=None)


def _reading(record: Any, measured: str, value: str) -> Reading | None:
    measured_s, found = seconds_of(find(record, measured), "ms"), find(record, value)
    if measured_s is None or isinstance(found, bool) or not isinstance(found, int):
        return None
    return Reading(int(measured_s), found)
