"""The public status page: HTML for people, JSON for programs. It shows what it is told, and how old that is."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from starlette.requests import Request

from deadair.reference.alerts.outage import OutageState
from deadair.reference.http.router import Reply, Routes, reply

HTML = (b"content-type", b"text/html; charset=utf-8")

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Follow service status</title>
<style>body{{font:18px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}}</style>
<h1>{title}</h1>{words}
<p>If you follow someone, check on them directly whenever you see no recent reading.</p></html>"""


def status_routes(state: Callable[[], OutageState]) -> Routes:
    """Return ``GET /`` and ``GET /status.json`` over the present state."""

    async def page(_: Request) -> Reply:
        now = state()
        title = "All services are working" if now.incident_s is None else "We have a problem"
        words = "".join(f"<p>{escape(sentence)}</p>" for sentence in now.words)
        return Reply(200, PAGE.format(title=title, words=words).encode(), (HTML,))

    async def data(_: Request) -> Reply:
        now = state()
        return reply({"incident": now.incident_s is not None, "since_s": now.incident_s, "words": now.words})

    return {("GET", "/"): page, ("GET", "/status.json"): data}
