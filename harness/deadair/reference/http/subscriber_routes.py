"""The routes of a follower's account: what it may follow, and the readings of those it may."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from starlette.requests import Request

from deadair.reference.accounts.accounts import Account
from deadair.reference.accounts.contacts import Contact
from deadair.reference.alerts.readers import Readers
from deadair.reference.env import Env
from deadair.reference.http.admission import Urgency
from deadair.reference.http.publisher_routes import asked, latest_rows
from deadair.reference.http.request_body import read_body
from deadair.reference.http.request_guard import Books, RequestGuard, session_of
from deadair.reference.http.router import Handler, Reply, Routes, query_of, reply
from deadair.reference.http.share_api import SERVICES, ShareError, parse_json, show_value

DAY_S = 86_400.0
SUBSCRIPTIONS_MAX = 100
Rows = list[tuple[int, int, int]]


def subscriber_routes(env: Env, guard: RequestGuard, books: Books, readers: Readers) -> Routes:
    """Return the routes."""
    accounts, contacts, store = books.accounts, books.contacts, books.store

    def own(subscription: str, follower: str) -> Contact:
        """Return the follower's own invitation of this id. Raises ShareError."""
        for contact in contacts.of_follower(follower):
            if contact.subscription == subscription.lower():
                return contact
        raise ShareError("SubscriptionNotFound", "this account has no such subscription")

    async def handed_out(account: Account, contact: Contact, request: Request, found: Awaitable[Rows]) -> Rows:
        """Return what is found for a session that comes, perhaps again."""
        readers.came(account.number, contact, session_of(request))
        rows = await found
        newest_s = rows[0][0] if rows else 0
        books.newest.has(contact.patient, newest_s)
        readers.answered(account.number, contact, session_of(request), newest_s)
        return rows

    async def subscriptions(request: Request) -> Reply:
        account = await guard.caller(request, Urgency.READ)
        return reply(
            [
                {
                    "SubscriptionId": contact.subscription,
                    "PublisherAccountId": accounts.numbered(contact.patient).public,
                    "DisplayName": contact.display,
                    "IsMonitoringSessionActive": accounts.numbered(contact.patient).monitored,
                    "Permissions": 1,
                }
                for contact in contacts.of_follower(account.name)
            ]
        )

    async def last_values(request: Request) -> Reply:
        wanted = parse_json(await read_body(request))
        sound = isinstance(wanted, list) and all(isinstance(one, str) for one in wanted)
        if not sound or len(wanted) > SUBSCRIPTIONS_MAX:
            raise ShareError("InvalidArgument", f"the body must be a list of at most {SUBSCRIPTIONS_MAX} ids")

        async def look(account: Account) -> list[dict[str, Any]]:
            answers = []
            for contact in [own(subscription, account.name) for subscription in wanted]:
                found = store.latest(contact.patient, since_s=env.now() - DAY_S, most=1)
                rows = await handed_out(account, contact, request, found)
                egv = show_value(*rows[0]) if rows else None
                answers.append({"SubscriptionId": contact.subscription, "Egv": egv})
            return answers

        nothing = [{"SubscriptionId": subscription, "Egv": None} for subscription in wanted]
        return await guard.read(session_of(request), look, nothing)

    async def values(request: Request) -> Reply:
        async def look(account: Account) -> list[dict[str, Any]]:
            contact = own(asked(request, "subscriptionId"), account.name)
            found = latest_rows(env, store, contact.patient, query_of(request))
            return [show_value(*row) for row in await handed_out(account, contact, request, found)]

        return await guard.read(session_of(request), look)

    handlers: dict[str, Handler] = {
        "ListSubscriberAccountSubscriptions": subscriptions,
        "ReadLastGlucoseFromSubscriptions": last_values,
        "ReadSubscriptionLatestGlucoseValues": values,
    }
    return {("POST", f"{SERVICES}/Subscriber/{name}"): handler for name, handler in handlers.items()}
