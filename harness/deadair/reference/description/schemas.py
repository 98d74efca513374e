"""The shapes of what comes in and goes out, as JSON schemas. Values only."""

from __future__ import annotations

from typing import Any

from deadair.reference.http.share_api import BATCH_READINGS_MAX, TEXT_LENGTH_MAX, TRENDS

Schema = dict[str, Any]

CODES = (
    "AccountPasswordInvalid",
    "ContactNameAlreadyExists",
    "DuplicateEgvPosted",
    "InvalidArgument",
    "MonitoredReceiverNotAssigned",
    "MonitoredReceiverSerialNumberDoesNotMatch",
    "MonitoringSessionNotActive",
    "SSO_AuthenticateMaxAttemptsExceeded",
    "SessionIdNotFound",
    "SessionNotValid",
    "SubscriptionNotFound",
)
"""What an answer of 500 may say. The Share API has no other status for what is wrong with a request."""


def an_object(required: dict[str, Schema], optional: dict[str, Schema] | None = None, *, more: bool = False) -> Schema:
    """Return the schema of an object with these fields, and others if there may be ``more``."""
    fields = {**required, **(optional or {})}
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": more}


def a_list(items: Schema, *, most: int | None = None) -> Schema:
    """Return the schema of a list."""
    return {"type": "array", "items": items, **({} if most is None else {"maxItems": most})}


def or_null(schema: Schema) -> Schema:
    """Return a schema that takes null too."""
    return {"anyOf": [schema, {"type": "null"}]}


TEXT: Schema = {"type": "string"}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": TEXT_LENGTH_MAX}
UUID: Schema = {"type": "string", "format": "uuid"}
YES_OR_NO: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
SECONDS: Schema = {"type": "number", "minimum": 0, "maximum": 604_800}
UNIX_S: Schema = {"type": "number", "minimum": 0, "description": "Unix seconds"}
DATE: Schema = {"type": "string", "pattern": r"^/?Date\(\d{1,15}([+-]\d{4})?\)/?$", "examples": ["Date(1574985600000)"]}
DURATION: Schema = {"type": "string", "examples": ["PT1H"], "description": "ISO 8601, at most seven days"}

ERROR = an_object({"Code": TEXT, "Message": TEXT}, {"SubCode": TEXT, "TypeName": TEXT})
API_ERROR = an_object({"Code": {"enum": list(CODES)}, "Message": TEXT, "SubCode": TEXT, "TypeName": TEXT})

VALUE = an_object(
    {
        "WT": DATE,
        "ST": DATE,
        "DT": DATE,
        "Value": {"type": "integer", "minimum": 39, "maximum": 1000, "description": "mg/dl"},
        "Trend": {"enum": list(TRENDS)},
    }
)
RECORD = an_object(
    {"ST": DATE, "Value": or_null({"type": "integer", "minimum": -1000, "maximum": 1000})},
    {"Trend": {"anyOf": [{"type": "integer", "minimum": 0, "maximum": len(TRENDS) - 1}, {"enum": list(TRENDS)}]}},
    more=True,
)
UPLOAD = an_object({"SN": NAME, "Egvs": a_list(RECORD, most=BATCH_READINGS_MAX)}, more=True)
NO_DATA_ALERT = an_object({"IsEnabled": YES_OR_NO, "AlarmDelay": DURATION, "RealarmDelay": DURATION}, more=True)
INVITATION = an_object(
    {},
    {"DisplayName": NAME, "AlertSettings": an_object({}, {"NoDataAlert": or_null(NO_DATA_ALERT)}, more=True)},
    more=True,
)
OWN_SUBSCRIPTION = an_object(
    {
        "ContactId": UUID,
        "ContactName": NAME,
        "DisplayName": NAME,
        "InviteExpires": an_object({"DateTime": DATE, "OffsetMinutes": {"type": "integer"}}),
        "IsEnabled": YES_OR_NO,
        "IsMonitoringSessionActive": YES_OR_NO,
        "Permissions": {"type": "integer"},
        "State": {"type": "integer"},
        "SubscriberId": UUID,
        "SubscriptionId": UUID,
    }
)
SUBSCRIPTION = an_object(
    {
        "SubscriptionId": UUID,
        "PublisherAccountId": UUID,
        "DisplayName": TEXT,
        "IsMonitoringSessionActive": YES_OR_NO,
        "Permissions": {"type": "integer"},
    }
)
READING = an_object(
    {"measured_s": {"type": "integer"}, "value": {"type": "integer"}, "trend": {"type": "integer", "minimum": 0}}
)
