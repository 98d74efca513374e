"""A push message as FCM's HTTP v1 interface takes it. Pure."""

from __future__ import annotations

import math

import orjson

NOBODYS = ("UNREGISTERED", "SENDER_ID_MISMATCH")
"""What FCM says of a token that no phone has any more, and of one that another sender's app has. A status alone says
neither: a gateway in between answers 404 to everybody once it knows the way no more."""
SEND_PATH = "/v1/projects/follow/messages:send"


def message(address: dict[str, str], data: dict[str, str], *, lifetime_s: float, collapse: str) -> bytes:
    """Return the body of ``messages:send``; FCM takes lifetimes in whole seconds.

    ``address``: the token of a phone, or a topic for all that subscribed to it with the provider.
    """
    android = {"priority": "high", "ttl": f"{math.ceil(lifetime_s)}s", "collapse_key": collapse}
    return orjson.dumps({"message": {**address, "data": data, "android": android}})


def says_gone(answer: bytes) -> bool:
    """Say whether FCM's own error code in an answer is one of a token that is no phone's of ours."""
    try:
        details = orjson.loads(answer)["error"]["details"]
        return next(detail["errorCode"] for detail in details if "errorCode" in detail) in NOBODYS
    except (ValueError, LookupError, TypeError, StopIteration):
        return False
