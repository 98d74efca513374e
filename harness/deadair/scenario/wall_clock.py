"""What the clock on the wall shows when a run begins, and in which time zone it hangs, as scenario files write it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

from deadair.model.excerpt import excerpt

WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}[+-]\d{2}:\d{2}", re.ASCII)
YEARS = range(2000, 2100)
UTC = "UTC"


def _moment(said: object) -> datetime:
    """Read ``2019-11-29T22:00-08:00``. Raises ValueError for anything else."""
    if isinstance(said, datetime):
        return said
    if isinstance(said, str) and WRITTEN.fullmatch(said):
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            moment = None
        if moment is not None and moment.year in YEARS:
            return moment
    mend = "write one with its offset from UTC, such as 2019-11-29T22:00-08:00"
    raise ValueError(f"{excerpt(said)} is no moment from 2000 to 2099: {mend}")


def _zone(name: str) -> str:
    """Take the name of a time zone that this machine knows. Raises ValueError for any other."""
    try:
        if name != UTC:  # that one needs no data
            ZoneInfo(name)
    except (ValueError, OSError, LookupError) as error:
        what = "write one such as America/New_York, or install the system's tzdata"
        raise ValueError(f"this machine knows no time zone {excerpt(name)}; {what}") from error
    return name


Begins = Annotated[
    datetime,
    BeforeValidator(_moment),
    PlainSerializer(lambda moment: moment.isoformat(timespec="minutes")),
    WithJsonSchema({"type": "string", "pattern": f"^{WRITTEN.pattern}$", "examples": ["2019-11-29T22:00-08:00"]}),
]
TimeZone = Annotated[str, AfterValidator(_zone)]
