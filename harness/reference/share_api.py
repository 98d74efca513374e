"""The Dexcom Share API's wire format, as its clients speak it: what comes in, what goes out, and its errors.

Pure. Facts: one POST per call, sessions and account ids as JSON strings of UUIDs, every application error an HTTP
500 with a Code, dates as ``Date(ms)``, trends as words when read and as numbers when uploaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import orjson

SERVICES = "/ShareWebServices/Services"
BODY_BYTES_MAX = 262_144
BATCH_READINGS_MAX = 1000
VALUE_MG_DL = range(1, 1001)
DATE = re.compile(r"/?Date\((\d{1,15})(?:[+-]\d{4})?\)/?", re.ASCII)
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
    """An error in the API's own form. ``code`` is what clients branch on."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def body(self) -> dict[str, str]:
        """Return the JSON body clients expect."""
        sub = f"<OnlineException Code='{self.code}' />"
        return {"Code": self.code, "Message": self.message, "SubCode": sub, "TypeName": "FaultException"}


@dataclass(frozen=True, slots=True)
class Egv:
    """One uploaded glucose value."""

    measured_s: int
    value_mg_dl: int
    trend: int


def parse_json(body: bytes) -> Any:
    """Read JSON. Raises ShareError for anything else, for nesting without end, and for NaN and Infinity."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise ShareError("InvalidArgument", "the body is not JSON") from error


def parse_object(body: bytes) -> dict[str, Any]:
    """Read a JSON object. Raises ShareError for anything else."""
    data = parse_json(body)
    if not isinstance(data, dict):
        raise ShareError("InvalidArgument", "the body is not a JSON object")
    return data


@dataclass(frozen=True, slots=True)
class Bulk:
    """Accounts to create and follows to allow, as the administrator sends them."""

    accounts: list[tuple[str, str]]
    invitations: list[tuple[str, str]]


def parse_bulk(body: bytes) -> Bulk:
    """Read the administrator's bulk body. Raises ShareError if it is not made of pairs of texts."""
    try:
        data = parse_object(body)
        lists = [data.get("accounts", []), data.get("invitations", [])]
        pairs = [[(str(first), str(second)) for first, second in one] for one in lists]
    except (ValueError, TypeError) as error:
        raise ShareError("InvalidArgument", "accounts and invitations must be lists of pairs") from error
    return Bulk(*pairs)


def text_of(data: dict[str, Any], name: str) -> str:
    """Return a text field. Raises ShareError if it is missing, no text, or over 200 characters."""
    value = data.get(name)
    if not isinstance(value, str) or not value or len(value) > 200:
        raise ShareError("InvalidArgument", f"{name} must be a text of 1 to 200 characters")
    return value


def parse_egvs(body: bytes) -> tuple[Egv, ...]:
    """Read the body of PostReceiverEgvRecords. Raises ShareError if any record is not sound: all or nothing."""
    records = parse_object(body).get("Egvs")
    if not isinstance(records, list) or len(records) > BATCH_READINGS_MAX:
        raise ShareError("InvalidArgument", f"Egvs must be a list of at most {BATCH_READINGS_MAX} records")
    return tuple(_egv(record) for record in records)


def _egv(record: object) -> Egv:
    if not isinstance(record, dict):
        raise ShareError("InvalidArgument", "each of Egvs must be an object")
    stamp, value, trend = record.get("ST"), record.get("Value"), record.get("Trend", 0)
    date = DATE.fullmatch(stamp) if isinstance(stamp, str) else None
    if date is None:
        raise ShareError("InvalidArgument", "ST must be a Date(ms)")
    if type(value) is not int or value not in VALUE_MG_DL:
        raise ShareError("InvalidArgument", f"Value must be a whole number from 1 to {VALUE_MG_DL[-1]}")
    if type(trend) is not int or not 0 <= trend < len(TRENDS):
        raise ShareError("InvalidArgument", f"Trend must be a whole number from 0 to {len(TRENDS) - 1}")
    return Egv(int(date[1]) // 1000, value, trend)


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
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise ShareError("InvalidArgument", "minutes and maxCount must be whole numbers")
    return min(max(int(text), least), most)
