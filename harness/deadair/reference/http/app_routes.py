"""The follower app's routes: follow a patient with a phone, poll, follow no more. What a phone shows is evidence."""

from __future__ import annotations

from starlette.requests import Request

from deadair.reference.accounts.accounts import Account
from deadair.reference.accounts.alert_settings import DELAY_MAX_S, NoDataAlert
from deadair.reference.accounts.follows import Follow, named_by
from deadair.reference.alerts.evidence import EvidenceSender
from deadair.reference.env import Env
from deadair.reference.http.admission import Urgency
from deadair.reference.http.request_body import read_body
from deadair.reference.http.request_guard import Books, RequestGuard
from deadair.reference.http.router import Handler, Reply, Routes, reply
from deadair.reference.http.share_api import ShareError, moment_of, parse_object, seconds_of, text_of
from deadair.reference.settings import Settings

DAY_S = 86_400.0


def app_routes(env: Env, settings: Settings, guard: RequestGuard, books: Books, evidence: EvidenceSender) -> Routes:
    """Return the routes."""
    accounts, contacts, follows, newest = books.accounts, books.contacts, books.follows, books.newest

    async def subscribe(request: Request) -> Reply:
        """Follow a patient. Delays that the app does not name are those of the invitation; a delay of 0: no alert.

        An app that keeps an ``installation`` stays the same phone when its token changes; else its token names it.
        """
        body = parse_object(await read_body(request))
        follower = guard.holder(text_of(body, "session"))
        await guard.enter(str(follower.number), Urgency.LOGIN)
        patient = accounts.named(text_of(body, "patient"))
        invited = [one for one in contacts.of_follower(follower.name) if patient and one.patient == patient.number]
        if patient is None or not invited:
            raise ShareError("SubscriptionNotFound", "no invitation to follow this account")
        begun = invited[0].alert or NoDataAlert(settings.no_data_after_s)
        alert = NoDataAlert(
            seconds_of(body, "no_data_after_s", most_s=DELAY_MAX_S, default_s=begun.after_s),
            seconds_of(body, "realarm_every_s", most_s=DELAY_MAX_S, default_s=begun.realarm_every_s),
        )
        token = text_of(body, "token")
        installation = text_of(body, "installation") if body.get("installation") is not None else named_by(token)
        pair = (follower.number, patient.number)
        follow, ended = follows.register(*pair, token=token, alert=alert, installation=installation)
        for one in (follow, *ended):
            evidence.registered(one)
        env.note("follow", follow=follow.number, token=follow.token, account=follow.patient)
        return reply({"follow": follow.number})

    async def poll(request: Request) -> Reply:
        """Say what the phone shows, and what its owner did about the alarm; get the newest reading.

        What the service cannot have given it to show is no evidence.
        """
        body = parse_object(await read_body(request))
        follower = guard.holder(text_of(body, "session"))
        follow = _own(follows.numbered(body.get("follow")), follower)
        follows.heard(follow)
        evidence.asked(follow)
        now_s, shown_s = env.now(), body.get("shown_s")
        if type(shown_s) is not int or not 0 < shown_s <= now_s + settings.ahead_max_s:
            shown_s = 0
        acknowledged_s = moment_of(body, "acknowledged_s", latest_s=now_s)
        snoozed_until_s = moment_of(body, "snoozed_until_s", latest_s=now_s + settings.snooze_max_s)

        def confirm(shown_s: int) -> None:
            if shown_s or acknowledged_s or snoozed_until_s:
                evidence.confirmed(follow, shown_s, acknowledged_s=acknowledged_s, snoozed_until_s=snoozed_until_s)

        known = newest.knows(follow.patient, shown_s)
        if known:
            confirm(shown_s)  # whether or not there is room for an answer, and whether or not the store gives one
        # What another phone of the account asks, or this one of another patient, takes no turn of this follow.
        await guard.enter(f"{follower.number} {follow.number}", Urgency.POLL)
        try:
            latest = await newest.latest(follow.patient)
        finally:
            if not known:
                confirm(shown_s if newest.believes(follow.patient, shown_s) else 0)
        shown = latest if latest and latest[0] >= int(now_s - DAY_S) else None
        return reply({"reading": shown and dict(zip(("measured_s", "value", "trend"), shown, strict=True))})

    return {
        ("POST", "/app/subscribe"): subscribe,
        ("POST", "/app/poll"): poll,
        ("POST", "/app/unsubscribe"): unsubscribing(guard, books, evidence),
    }


def unsubscribing(guard: RequestGuard, books: Books, evidence: EvidenceSender) -> Handler:
    """Return the route by which a follower ends what he began."""

    async def unsubscribe(request: Request) -> Reply:
        """Follow no more with this phone. It may be said again: the answer may have been lost."""
        body = parse_object(await read_body(request))
        follower = guard.holder(text_of(body, "session"))
        await guard.enter(str(follower.number), Urgency.LOGIN)
        follow = _own(books.follows.once(body.get("follow")), follower)
        if not follow.revoked:
            for one in books.follows.revoke(follower.number, follow.patient, follow.installation):
                evidence.registered(one)
        return reply({"ended": True})

    return unsubscribe


def _own(follow: Follow | None, follower: Account) -> Follow:
    """Return a follow if it is this account's. Raises ShareError."""
    if follow is None or follow.follower != follower.number:
        raise ShareError("SubscriptionNotFound", "this account has no such follow")
    return follow
