"""Drives pydexcom as its own users do: a line of JSON in, a line ``@…`` out, as ``driver.js`` has them.

Run with the folder of the version to drive in ``CLIENT_MODULES``, or with none for the interpreter's own.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from typing import Any
from urllib.parse import urlsplit

if folder := os.environ.get("CLIENT_MODULES"):
    sys.path.insert(0, folder)

import pydexcom
import requests

ask = requests.Session.send


def watched(session: requests.Session, request: requests.PreparedRequest, **more: Any) -> requests.Response:
    """Say which request the client makes and how it is answered; change nothing of it."""
    path, status = urlsplit(request.url or "").path, 0
    try:
        answer = ask(session, request, **more)
        status = answer.status_code
        return answer
    finally:
        said(f"#{json.dumps({'path': path, 'status': status})}")


def said(line: str) -> None:
    """Say it to whoever drives this."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def opened(order: dict[str, Any]) -> Any:
    """Return a client that is logged in; the older version asks for other names."""
    if "region" in inspect.signature(pydexcom.Dexcom).parameters:
        who = {"account_id": order["id"]} if order.get("id") else {"username": order["user"]}
        return pydexcom.Dexcom(**who, password=order["password"], region=pydexcom.Region(order.get("server", "us")))
    return pydexcom.Dexcom(order["user"], order["password"], ous=order.get("server") == "ous")


def main() -> None:
    """Do what each line says."""
    requests.Session.send = watched  # type: ignore[assignment, method-assign]
    client: Any = None
    for line in sys.stdin:
        order = json.loads(line)
        try:
            if order["do"] == "open":
                client = opened(order)
                said('@{"ok": true}')
                continue
            found = client.get_glucose_readings(minutes=order["minutes"], max_count=order["count"])
            values = [[one.datetime.timestamp(), one.value] for one in found or []]
            said(f"@{json.dumps({'values': values})}")
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what the client's user would see
            said(f"@{json.dumps({'error': f'{type(error).__name__}: {error}'[:300]})}")


if __name__ == "__main__":
    main()
