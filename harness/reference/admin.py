"""The administrator's routes, on a socket of their own: accounts in bulk, and what is stored and waiting."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from harness.reference import share_api
from harness.reference.accounts import Accounts
from harness.reference.body import read_body
from harness.reference.inbox import Inbox
from harness.reference.share_api import ShareError
from harness.reference.store import Store

BULK_BYTES_MAX = 64 * 1024 * 1024
ALL = 10_000_000


def admin_routes(accounts: Accounts, inbox: Inbox, store: Store) -> list[Route]:
    """Return the routes."""

    async def add(request: Request) -> Response:
        """Create accounts: ``{"accounts": [[name, password]…], "invitations": [[follower, patient]…]}``."""
        try:
            data = share_api.parse_bulk(await read_body(request, most=BULK_BYTES_MAX))
            accounts.add(data.accounts, data.invitations)
        except ShareError as error:
            return JSONResponse(error.body(), status_code=400)
        except KeyError as error:
            return JSONResponse({"Message": f"no account {error} to invite"}, status_code=400)
        return JSONResponse({"accounts": len(data.accounts)})

    async def stored(request: Request) -> Response:
        """Return every stored reading of the account named in the query, as [measured_s, value] pairs."""
        account = accounts.named(request.query_params.get("account", ""))
        if account is None:
            return JSONResponse({"Message": "no such account"}, status_code=404)
        rows = store.latest(account.number, since_s=0, most=ALL)
        return JSONResponse([[measured_s, value] for measured_s, value, _ in rows])

    async def backlog(_: Request) -> Response:
        """Return how many acknowledged readings wait to be stored."""
        return JSONResponse({"waiting": inbox.count()})

    return [
        Route("/accounts", add, methods=["POST"]),
        Route("/stored", stored, methods=["GET"]),
        Route("/backlog", backlog, methods=["GET"]),
    ]
