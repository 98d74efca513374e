"""Every operation of the three sockets that somebody outside may talk to, by method and path. Values only.

``Operation`` says what of it differs; what all have in common is added where the document is put together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from deadair.reference.description.schemas import (
    COUNT,
    INVITATION,
    NAME,
    OWN_SUBSCRIPTION,
    READING,
    SECONDS,
    SUBSCRIPTION,
    TEXT,
    UNIX_S,
    UPLOAD,
    UUID,
    VALUE,
    YES_OR_NO,
    Schema,
    a_list,
    an_object,
    or_null,
)
from deadair.reference.http.share_api import SERVICES
from deadair.reference.http.subscriber_routes import SUBSCRIPTIONS_MAX

GENERAL, PUBLISHER, SUBSCRIBER = (f"{SERVICES}/{part}" for part in ("General", "Publisher", "Subscriber"))
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. ``answer``: the schema of what comes back, none for an empty body."""

    summary: str
    answer: Schema | None = None
    query: Mapping[str, Schema] = field(default_factory=dict)
    body: Schema | None = None
    optional: tuple[str, ...] = ()
    """Fields of the query that may be missing."""
    fails: Mapping[int, Schema] = field(default_factory=dict)
    """Other statuses than those that all operations of its socket have."""
    media: str = JSON
    """What kind of thing comes back."""


Operations = Mapping[tuple[str, str], Operation]

SESSION: dict[str, Schema] = {"sessionId": UUID}
LIMITS: dict[str, Schema] = {
    "minutes": {"type": "integer", "description": "0 to 1440, clamped"},
    "maxCount": {"type": "integer", "description": "0 to 288, clamped"},
}
BY_NAME = an_object({"accountName": NAME, "password": NAME}, more=True)
BY_ID = an_object({"accountId": UUID, "password": NAME}, more=True)
SERIAL: dict[str, Schema] = {"serialNumber": NAME}
CONTACT: dict[str, Schema] = {"contactId": UUID}
STATE = an_object({"node": TEXT, "ready": YES_OR_NO}, {"why": TEXT})


def share(part: str, **operations: Operation) -> Operations:
    """Return operations of the Share API, by their names."""
    return {("POST", f"{part}/{name}"): operation for name, operation in operations.items()}


GATEWAY: Operations = {
    **share(
        GENERAL,
        AuthenticatePublisherAccount=Operation("The id of an account, for its name and password", UUID, body=BY_NAME),
        LoginPublisherAccountByName=Operation("Log in by name: a session", UUID, body=BY_NAME),
        LoginPublisherAccountById=Operation("Log in by id: a session", UUID, body=BY_ID),
        LoginSubscriberAccount=Operation("Log in as a follower: a session", UUID, body=BY_ID),
    ),
    **share(
        PUBLISHER,
        PostReceiverEgvRecords=Operation("Upload records; an empty answer acknowledges", query=SESSION, body=UPLOAD),
        ReadPublisherLatestGlucoseValues=Operation(
            "One's own newest values, the newest first", a_list(VALUE), {**SESSION, **LIMITS}, optional=tuple(LIMITS)
        ),
        CheckMonitoredReceiverAssignmentStatus=Operation(
            "Whether a receiver is one's own", {"enum": ["AssignedToYou", "NotAssigned"]}, {**SESSION, **SERIAL}
        ),
        ReplacePublisherAccountMonitoredReceiver=Operation("Assign a receiver", query={**SESSION, **SERIAL}),
        IsRemoteMonitoringSessionActive=Operation("Whether readings may come", YES_OR_NO, SESSION),
        StartRemoteMonitoringSession=Operation("Let readings come", query={**SESSION, **SERIAL}),
        StopRemoteMonitoringSession=Operation("Let none come", query=SESSION),
        UpdatePublisherAccountRuntimeInfo=Operation(
            "What an uploader says of itself",
            body=an_object({"sessionId": UUID, "runtimeInfo": {"type": "object"}}, more=True),
        ),
        ListPublisherAccountSubscriptions=Operation("Whom one invited", a_list(OWN_SUBSCRIPTION), SESSION),
        DoesContactExistByName=Operation("Whether there is a contact", YES_OR_NO, {**SESSION, "contactName": NAME}),
        CreateContact=Operation(
            "Create a contact; its id", UUID, {**SESSION, "contactName": NAME, "emailAddress": NAME}
        ),
        CreateSubscriptionInvitation=Operation(
            "Invite a contact; the subscription's id", UUID, {**SESSION, **CONTACT}, body=INVITATION
        ),
        DeleteContact=Operation("Forget a contact, and end what it follows", query={**SESSION, **CONTACT}),
    ),
    **share(
        SUBSCRIBER,
        ListSubscriberAccountSubscriptions=Operation("Whom one may follow", a_list(SUBSCRIPTION), SESSION),
        ReadLastGlucoseFromSubscriptions=Operation(
            "The newest value of each of these",
            a_list(an_object({"SubscriptionId": UUID, "Egv": or_null(VALUE)})),
            SESSION,
            body=a_list(UUID, most=SUBSCRIPTIONS_MAX),
        ),
        ReadSubscriptionLatestGlucoseValues=Operation(
            "Newest values of whom one follows, the newest first",
            a_list(VALUE),
            {**SESSION, "subscriptionId": UUID, **LIMITS},
            optional=tuple(LIMITS),
        ),
    ),
    ("POST", "/app/subscribe"): Operation(
        "Follow a patient with a phone",
        an_object({"follow": COUNT}),
        body=an_object(
            {"session": UUID, "patient": NAME, "token": NAME},
            {"installation": or_null(NAME), "no_data_after_s": or_null(SECONDS), "realarm_every_s": or_null(SECONDS)},
            more=True,
        ),
    ),
    ("POST", "/app/poll"): Operation(
        "Say what the phone shows, and get the newest reading",
        an_object({"reading": or_null(READING)}),
        body=an_object(
            {"session": UUID, "follow": COUNT},
            {"shown_s": or_null(COUNT), "acknowledged_s": or_null(UNIX_S), "snoozed_until_s": or_null(UNIX_S)},
            more=True,
        ),
    ),
    ("POST", "/app/unsubscribe"): Operation(
        "Follow no more with this phone",
        an_object({"ended": {"const": True}}),
        body=an_object({"session": UUID, "follow": COUNT}, more=True),
    ),
}

STATUS: Operations = {
    ("GET", "/"): Operation("The status page", TEXT, media="text/html"),
    ("GET", "/status.json"): Operation(
        "The same for programs", an_object({"incident": YES_OR_NO, "since_s": or_null(UNIX_S), "words": a_list(TEXT)})
    ),
}

ADMIN: Operations = {
    ("POST", "/accounts"): Operation(
        "Create accounts, and let followers follow",
        an_object({"accounts": COUNT, "ids": a_list(UUID)}),
        body=an_object(
            {},
            {
                "accounts": a_list({"type": "array", "items": NAME, "minItems": 2, "maxItems": 3}),
                "invitations": a_list({"type": "array", "items": NAME, "minItems": 2, "maxItems": 2}),
            },
            more=True,
        ),
    ),
    ("POST", "/sessions/revoke"): Operation(
        "End the sessions of some accounts, or of all",
        an_object({"revoked": COUNT}),
        body=an_object({}, {"accounts": or_null(a_list(NAME))}, more=True),
    ),
    ("GET", "/stored"): Operation(
        "All that is stored of an account, as pairs of measured time and value",
        a_list({"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}),
        {"account": NAME},
    ),
    ("GET", "/backlog"): Operation("Acknowledged readings that wait to be stored", an_object({"waiting": COUNT})),
    ("GET", "/skewed"): Operation(
        "Whose devices' clocks are ahead", a_list(an_object({"account": NAME, "ahead_s": {"type": "number"}}))
    ),
    ("GET", "/malformed"): Operation(
        "Whose records were none", a_list(an_object({"account": NAME, "why": TEXT, "records": COUNT}))
    ),
    ("GET", "/livez"): Operation("Whether the process answers", an_object({"node": TEXT, "alive": YES_OR_NO})),
    ("GET", "/readyz"): Operation("Whether the node can do its work", STATE, fails={503: STATE}),
    ("GET", "/metrics"): Operation("What the node counted and measured, for Prometheus", TEXT, media="text/plain"),
    ("GET", "/openapi.json"): Operation("This description", {"type": "object"}),
}

SOCKETS: Mapping[str, Operations] = {"gateway": GATEWAY, "status": STATUS, "gateway-admin": ADMIN}
