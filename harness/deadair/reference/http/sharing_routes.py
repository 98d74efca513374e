"""The routes by which a patient's family decides who may follow: contacts, invitations, and their end."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from deadair.reference.accounts.alert_settings import parse_alert_settings
from deadair.reference.accounts.contacts import Contact
from deadair.reference.accounts.names import name_key
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.alerts.readers import Readers
from deadair.reference.http.admission import Urgency
from deadair.reference.http.publisher_routes import PUBLISHER, asked
from deadair.reference.http.request_body import read_body
from deadair.reference.http.request_guard import OK, Books, RequestGuard
from deadair.reference.http.router import Handler, Reply, Routes, reply
from deadair.reference.http.share_api import ShareError, parse_object, text_of

NEVER = "Date(253402300799000)"
"""Invitations do not expire: the last moment that a date can name."""
INVITED, ACTIVE = 2, 6
"""What the API calls these states of a subscription: there are clients that read a number and nothing else."""
NOBODY = "00000000-0000-0000-0000-000000000000"


def sharing_routes(guard: RequestGuard, books: Books, evidence: EvidenceSender, readers: Readers) -> Routes:
    """Return the routes."""
    accounts, contacts, follows = books.accounts, books.contacts, books.follows

    async def own(request: Request) -> Contact:
        """Return the caller's own contact that the query names."""
        patient = (await guard.caller(request, Urgency.LOGIN)).number
        public = asked(request, "contactId").lower()
        for contact in contacts.of_patient(patient):
            if contact.public == public:
                return contact
        raise ShareError("InvalidArgument", "contactId must be that of a contact of this account")

    async def subscriptions(request: Request) -> Reply:
        account = await guard.caller(request, Urgency.READ)
        following = {follow.follower for follow in follows.of_patient(account.number)}

        def shown(contact: Contact) -> dict[str, Any]:
            follower = accounts.named(contact.address)
            # Whether an address has an account is told only once its owner follows.
            accepted = follower is not None and follower.number in following
            return {
                "ContactId": contact.public,
                "ContactName": contact.name,
                "DisplayName": contact.display,
                "InviteExpires": {"DateTime": NEVER, "OffsetMinutes": 0},
                "IsEnabled": True,
                "IsMonitoringSessionActive": account.monitored,
                "Permissions": 1,
                "State": ACTIVE if accepted else INVITED,
                "SubscriberId": follower.public if follower is not None and accepted else NOBODY,
                "SubscriptionId": contact.subscription,
            }

        return reply([shown(contact) for contact in contacts.of_patient(account.number) if contact.subscription])

    async def exists(request: Request) -> Reply:
        account, key = await guard.caller(request, Urgency.LOGIN), name_key(asked(request, "contactName"))
        return reply(any(name_key(contact.name) == key for contact in contacts.of_patient(account.number)))

    async def create(request: Request) -> Reply:
        account = await guard.caller(request, Urgency.LOGIN)
        return reply(contacts.create(account.number, asked(request, "contactName"), asked(request, "emailAddress")))

    async def invite(request: Request) -> Reply:
        contact = await own(request)
        body = parse_object(await read_body(request))
        display = text_of(body, "DisplayName") if "DisplayName" in body else contact.name
        alert = parse_alert_settings(body.get("AlertSettings"))
        subscription = contacts.invite(contact, display, alert)
        follower = accounts.named(contact.address)
        if follower is not None:
            readers.invited(follower.number, contact.patient, alert)
        return reply(subscription)

    async def delete(request: Request) -> Reply:
        contact = await own(request)
        follower = accounts.named(contact.address)
        mine = [] if follower is None else contacts.of_follower(follower.name)
        # Two spellings of one address may both be invited: with the other one the follower stays.
        others = [one for one in mine if one.patient == contact.patient and one.public != contact.public]
        if follower is not None and not others:
            for ended in follows.revoke(follower.number, contact.patient):
                evidence.registered(ended)
        contacts.remove(contact)
        return OK

    handlers: dict[str, Handler] = {
        "ListPublisherAccountSubscriptions": subscriptions,
        "DoesContactExistByName": exists,
        "CreateContact": create,
        "CreateSubscriptionInvitation": invite,
        "DeleteContact": delete,
    }
    return {("POST", f"{PUBLISHER}/{name}"): handler for name, handler in handlers.items()}
