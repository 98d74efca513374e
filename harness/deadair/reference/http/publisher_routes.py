"""The routes of a patient's own account but for uploading: reading, its receiver, its monitoring session."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.requests import Request

from deadair.reference.accounts.accounts import Account
from deadair.reference.env import Env
from deadair.reference.http import share_api
from deadair.reference.http.admission import Urgency
from deadair.reference.http.request_body import read_body
from deadair.reference.http.request_guard import OK, Books, RequestGuard
from deadair.reference.http.router import Handler, Reply, Routes, query_of, reply
from deadair.reference.http.share_api import SERVICES, ShareError, parse_object, text_of
from deadair.reference.storage.store import Store

PUBLISHER = f"{SERVICES}/Publisher"


async def latest_rows(env: Env, store: Store, patient: int, fields: Mapping[str, str]) -> list[tuple[int, int, int]]:
    """Return a patient's newest readings as these fields ask for them, ``minutes`` and ``maxCount`` clamped."""
    minutes = share_api.clamp(fields.get("minutes"), least=0, most=1440)
    most = share_api.clamp(fields.get("maxcount"), least=0, most=288)
    return await store.latest(patient, since_s=env.now() - minutes * 60, most=most)


async def fields_of(request: Request) -> Mapping[str, str]:
    """Return the fields of the query, or of the body if the query has no session: one client sends them there.

    A body that is no object names none. Raises ShareError if it does not arrive whole.
    """
    query = query_of(request)
    if "sessionid" in query:
        return query
    raw, body = await read_body(request), {}
    with suppress(ShareError):
        body = parse_object(raw)
    return {**query, **{name.lower(): str(value) for name, value in body.items() if type(value) in (str, int)}}


def asked(request: Request, name: str) -> str:
    """Return a field of the query. Raises ShareError if it is missing or too long."""
    return text_of({name: query_of(request).get(name.lower())}, name)


def publisher_routes(env: Env, guard: RequestGuard, books: Books) -> Routes:
    """Return the routes. What sets an account up may be done again: its client may not have heard that it is done."""
    accounts, store = books.accounts, books.store

    async def read(request: Request) -> Reply:
        fields = await fields_of(request)

        async def look(account: Account) -> list[dict[str, Any]]:
            return [share_api.show_value(*row) for row in await latest_rows(env, store, account.number, fields)]

        return await guard.read(fields.get("sessionid", ""), look)

    async def assignment(request: Request) -> Reply:
        account = await guard.caller(request, Urgency.LOGIN)
        return reply("AssignedToYou" if account.serial == asked(request, "serialNumber") else "NotAssigned")

    async def replace_receiver(request: Request) -> Reply:
        """Assign another receiver. The monitoring session is the account's, and goes on."""
        account, serial = await guard.caller(request, Urgency.LOGIN), asked(request, "serialNumber")
        accounts.monitor(account, serial=serial, monitored=account.monitored)
        return OK

    async def is_active(request: Request) -> Reply:
        return reply((await guard.caller(request, Urgency.LOGIN)).monitored)

    async def start(request: Request) -> Reply:
        """Begin to monitor; where no receiver is assigned yet, this one is: some uploaders start before they assign."""
        account, serial = await guard.caller(request, Urgency.LOGIN), asked(request, "serialNumber")
        if account.serial is not None:
            check_receiver(account, serial)
        accounts.monitor(account, serial=serial, monitored=True)
        return OK

    async def stop(request: Request) -> Reply:
        account = await guard.caller(request, Urgency.LOGIN)
        accounts.monitor(account, serial=account.serial, monitored=False)
        return OK

    async def runtime_info(request: Request) -> Reply:
        """Take what the uploader says of itself; nobody needs it."""
        body = parse_object(await read_body(request))
        account = guard.holder(text_of(body, "sessionId"))
        await guard.enter(str(account.number), Urgency.LOGIN)
        share_api.object_of(body.get("runtimeInfo"), "runtimeInfo")
        return OK

    handlers: dict[str, Handler] = {
        "ReadPublisherLatestGlucoseValues": read,
        "CheckMonitoredReceiverAssignmentStatus": assignment,
        "ReplacePublisherAccountMonitoredReceiver": replace_receiver,
        "IsRemoteMonitoringSessionActive": is_active,
        "StartRemoteMonitoringSession": start,
        "StopRemoteMonitoringSession": stop,
        "UpdatePublisherAccountRuntimeInfo": runtime_info,
    }
    return {("POST", f"{PUBLISHER}/{name}"): handler for name, handler in handlers.items()}


def check_receiver(account: Account, serial: str) -> None:
    """Raise ShareError unless this receiver is the account's."""
    if account.serial is None:
        raise ShareError("MonitoredReceiverNotAssigned", "no receiver is assigned to this account")
    if account.serial != serial:
        raise ShareError("MonitoredReceiverSerialNumberDoesNotMatch", "another receiver is assigned to this account")
