"""The Dexcom Share API's wire format, as its clients speak it: what comes in, what goes out, and its errors.

Pure. Facts: one POST per call, sessions and account ids as JSON strings of UUIDs, every application error an HTTP
500 with a Code, dates as ``Date(ms)``, trends as words when read and as numbers when uploaded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

SERVICES = "/ShareWebServices/Services"
BODY_BYTES_MAX = 262_144
BATCH_READINGS_MAX = 1000
TEXT_LENGTH_MAX = 200
GLUCOSE_MG_DL = range(39, 1001)
NO_GLUCOSE = range(-1000, GLUCOSE_MG_DL.start)
"""What a sensor says instead of a value, such as the code of an error."""
DATE_END_S = 4_102_444_800
"""The year 2100: no clock is so far ahead."""
DATE = re.compile(r"/?Date\((\d{1,15})(?:[+-]\d{4})?\)/?", re.ASCII)
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
WHOLE = re.compile(r"-?\d{1,1000}", re.ASCII)
TRENDS = (
    "None",
    "DoubleUp",
    "SingleUp",
    "FortyFiveUp",
    "Flat",
    "FortyFiveDown",
    "SingleDown",
    "DoubleDown",
    "NotComputable",
    "RateOutOfRange",
)


class ShareError(Exception):
    """An error in the API's own form. ``code`` is what clients branch on; ``retry_after_s`` asks them to wait."""

    def __init__(self, code: str, message: str, *, status: int = 500, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.retry_after_s = retry_after_s

    def body(self) -> dict[str, str]:
        """Return the JSON body clients expect."""
        sub = f"<OnlineException Code='{self.code}' />"
        return {"Code": self.code, "Message": self.message, "SubCode": sub, "TypeName": "FaultException"}


def not_now(retry_after_s: float) -> ShareError:
    """Return the refusal of a request for lack of capacity."""
    message = f"try again in {retry_after_s:.0f} s"
    return ShareError("TooManyRequests", message, status=429, retry_after_s=retry_after_s)


class Egv(NamedTuple):
    """One uploaded record. Its value is glucose only if it is one of ``GLUCOSE_MG_DL``."""

    measured_s: int
    value_mg_dl: int
    trend: int


@dataclass(frozen=True, slots=True)
class Upload:
    """What PostReceiverEgvRecords brings: the receiver's serial number, its records, and what is wrong with others."""

    serial: str
    egvs: tuple[Egv, ...]
    malformed: tuple[str, ...] = ()


def parse_json(body: bytes) -> Any:
    """Read JSON. Raises ShareError for anything else, for nesting without end, and for NaN and Infinity."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ShareError("InvalidArgument", "the body is not JSON") from error


def parse_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object. Raises ShareError for anything else."""
    return object_of(parse_json(body), "the body")


def object_of(data: object, name: str) -> dict[str, Any]:
    """Return what must be a JSON object. Raises ShareError if it is none."""
    if not isinstance(data, dict):
        raise ShareError("InvalidArgument", f"{name} is not a JSON object")
    return data


def text_of(data: Mapping[str, Any], name: str) -> str:
    """Return a text field. Raises ShareError if it is missing, no text, or too long."""
    value = data.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= TEXT_LENGTH_MAX:
        raise ShareError("InvalidArgument", f"{name} must be a text of 1 to {TEXT_LENGTH_MAX} characters")
    return value


def uuid_of(data: Mapping[str, Any], name: str) -> str:
    """Return a field that is a UUID, in lower case. Raises ShareError if it is none."""
    value = text_of(data, name).lower()
    if UUID.fullmatch(value) is None:
        raise ShareError("InvalidArgument", f"{name} must be a UUID")
    return value


def seconds_of(data: Mapping[str, Any], name: str, *, most_s: float, default_s: float) -> float:
    """Return a field of seconds. Raises ShareError if it is there and is no number from 0 to ``most_s``."""
    value = data.get(name)
    if value is None:
        return default_s
    if type(value) not in (int, float) or not 0 <= value <= most_s:
        raise ShareError("InvalidArgument", f"{name} must be a number of seconds from 0 to {most_s:.0f}")
    return float(value)


def moment_of(data: Mapping[str, Any], name: str, *, latest_s: float) -> float:
    """Return a field of Unix seconds, ``latest_s`` if it is later; 0, which means never, for all that is no moment."""
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
        return 0.0
    return float(min(value, latest_s))


def parse_upload(body: bytes) -> Upload:
    """Read the body of PostReceiverEgvRecords. A record that is not sound keeps no other out. Raises ShareError."""
    data = parse_object(body)
    records = data.get("Egvs")
    if not isinstance(records, list) or len(records) > BATCH_READINGS_MAX:
        raise ShareError("InvalidArgument", f"Egvs must be a list of at most {BATCH_READINGS_MAX} records")
    read = [_egv(record) for record in records]
    egvs = tuple(one for one in read if isinstance(one, Egv))
    return Upload(text_of(data, "SN"), egvs, tuple(one for one in read if isinstance(one, str)))


def _egv(record: object) -> Egv | str:
    """Return a record, or what it would have to be."""
    if not isinstance(record, dict):
        return "each of Egvs must be an object"
    stamp, value, trend = record.get("ST"), record.get("Value", ""), record.get("Trend")
    date = DATE.fullmatch(stamp) if isinstance(stamp, str) else None
    measured_s = int(date[1]) // 1000 if date else DATE_END_S
    if measured_s >= DATE_END_S:
        return "ST must be a Date(ms) from 1970 to 2099"
    whole = 0 if value is None else _whole(value)
    if whole is None or not (whole in GLUCOSE_MG_DL or whole in NO_GLUCOSE):
        return f"Value must be null or a whole number from {NO_GLUCOSE[0]} to {GLUCOSE_MG_DL[-1]}"
    arrow = 0 if trend is None else TRENDS.index(trend) if trend in TRENDS else _whole(trend)
    if arrow is None or not 0 <= arrow < len(TRENDS):
        return f"Trend must be a whole number from 0 to {len(TRENDS) - 1}"
    return Egv(measured_s, whole, arrow)


def _whole(number: object) -> int | None:
    """Return a whole number, also one that is written as a float; none for all else."""
    if type(number) is int or (type(number) is float and number.is_integer()):
        return int(number)
    return None


def show_value(measured_s: int, value_mg_dl: int, trend: int) -> dict[str, Any]:
    """Return one record of ReadPublisherLatestGlucoseValues."""
    ms = measured_s * 1000
    return {
        "WT": f"Date({ms})",
        "ST": f"Date({ms})",
        "DT": f"Date({ms}+0000)",
        "Value": value_mg_dl,
        "Trend": TRENDS[trend],
    }


def clamp(text: str | None, *, least: int, most: int) -> int:
    """Read a whole number from a query, clamped: clients ask for more than there is. Raises ShareError."""
    if text is None:
        return most
    if WHOLE.fullmatch(text) is None:
        raise ShareError("InvalidArgument", "minutes and maxCount must be whole numbers")
    return min(max(int(text), least), most)
