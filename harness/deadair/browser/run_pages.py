"""The pages of the run browser: the list, one run, two beside each other, judging again, deleting with a question.

Every text goes through a template that escapes it. A run's own report is shown without any right: no script, no
form, no cookie, whatever lies in its file.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from deadair.baselines.two_runs import two_runs
from deadair.browser.listed_run import ListedRun, RunList, runs
from deadair.browser.page_guard import form_token_fits
from deadair.judging.stored_verdict import judge_anew
from deadair.model.errors import DeadAirError
from deadair.model.run_folder import RunFolder
from deadair.model.stored_file import read_stored
from deadair.reporting.formatting import duration, one_line
from deadair.reporting.html import style, templates_of
from deadair.reporting.report_files import report_run

ON_A_PAGE = 200
FIELDS_MAX = 10
REPORT_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
"""A stored report may draw, and nothing else: its file may have been written by anybody."""
SIGNS = {"pass": "✓", "fail": "✕", "unknown": "?", "aborted": "■", "": "–"}


class RunPages:
    """The pages over one reports folder."""

    def __init__(self, reports: Path) -> None:
        self._list = RunList(reports)
        self._reports = reports
        self._templates = templates_of("deadair.browser")
        self._templates.filters.update(line=one_line, duration=duration)

    @property
    def app(self) -> Starlette:
        """Return them as an application, to be put behind a PageGuard."""
        place = "{scenario}/{run}"
        return Starlette(
            routes=[
                Route("/", self.listed),
                Route("/two", self.two),
                Route(f"/run/{place}", self.run),
                Route(f"/run/{place}/report.html", self.report),
                Route(f"/run/{place}/judge", self.judge, methods=["POST"]),
                Route(f"/run/{place}/delete", self.delete, methods=["POST"]),
            ],
            exception_handlers={DeadAirError: self._explained},
        )

    async def listed(self, request: Request) -> Response:
        """Show the runs that fit what was asked for, a page at a time."""
        asked = {name: request.query_params.get(name, "")[:200] for name in ("scenario", "verdict", "engine", "build")}
        every = await run_in_threadpool(self._list.runs)
        fitting = [run for run in every if fits(run, asked)]
        number = request.query_params.get("page", "1")
        page = max(1, int(number) if number.isdecimal() and len(number) < 6 else 1)
        return self._page(
            request,
            "list.html.j2",
            runs=fitting[(page - 1) * ON_A_PAGE : page * ON_A_PAGE],
            count=len(fitting),
            of=len(every),
            page=page,
            pages=max(1, -(-len(fitting) // ON_A_PAGE)),
            asked=asked,
            choices={name: sorted({str(getattr(run, name)) for run in every} - {""}) for name in asked},
            reports=str(self._reports),
        )

    async def run(self, request: Request) -> Response:
        """Show one run: what it says, what can be done with it."""
        place, folder = self._asked(request)
        if folder is None:
            return self._nothing_there(place)
        listed = await run_in_threadpool(self._list.runs)
        found = next((run for run in listed if run.place == place), None)
        if found is None:
            return self._nothing_there(place)
        alike = [run for run in listed if run.scenario == found.scenario and run.place != place and run.verdict]
        return self._page(
            request,
            "run.html.j2",
            run=found,
            alike=alike[:50],
            has_report=folder.report.is_file(),
            runs_now=found.state == "running",
            asks_to_delete=request.query_params.get("delete") == "1",
        )

    async def report(self, request: Request) -> Response:
        """Hand out a stored report, without any right."""
        place, folder = self._asked(request)
        if folder is None:
            return self._nothing_there(place)
        try:
            page = await run_in_threadpool(read_stored, folder.report)
        except OSError as error:
            return self._refused(
                404, f"{place}: report.html cannot be read ({error.strerror or error}); judge the run again"
            )
        return HTMLResponse(page, headers={"Content-Security-Policy": REPORT_POLICY})

    async def two(self, request: Request) -> Response:
        """Show two runs beside each other, judged anew."""
        places = [request.query_params.get(name, "")[:500] for name in ("before", "after")]
        folders = [self._list.folder(place) for place in places]
        for place, folder in zip(places, folders, strict=True):
            if folder is None:
                return self._nothing_there(place)
        held = await run_in_threadpool(two_runs, *[each for each in folders if each is not None])
        return self._page(request, "two.html.j2", rows=held.rows, comparison=held.comparison, places=places)

    async def judge(self, request: Request) -> Response:
        """Judge a run again and write its reports, as ``deadair check`` does."""
        place, folder = self._asked(request)
        if folder is None:
            return self._nothing_there(place)
        if not await _meant(request):
            return self._refused(403, "this form is not of this page: load it again")
        if runs(folder):
            return self._refused(409, f"{place}: it runs now; it is judged when it ends")
        anew = await run_in_threadpool(judge_anew, folder)
        if anew.kept:
            return self._refused(409, anew.kept)
        await run_in_threadpool(report_run, folder, anew.judgement)
        return RedirectResponse(f"/run/{place}", 303)

    async def delete(self, request: Request) -> Response:
        """Delete a run for good, if the form says that this is meant."""
        place, folder = self._asked(request)
        if folder is None:
            return self._nothing_there(place)
        if not await _meant(request, sure="yes"):
            return self._refused(403, "this form is not of this page: load it again")
        if runs(folder):
            return self._refused(409, f"{place}: it runs now; `deadair abort` ends it")
        try:
            await run_in_threadpool(shutil.rmtree, folder.root)
        except OSError as error:
            return self._refused(500, f"{place}: not all of it could be deleted ({error.strerror or error})")
        return RedirectResponse("/", 303)

    def _asked(self, request: Request) -> tuple[str, RunFolder | None]:
        place = f"{request.path_params['scenario']}/{request.path_params['run']}"
        return place, self._list.folder(place)

    async def _explained(self, request: Request, error: Exception) -> Response:
        return self._refused(422, str(error))

    def _nothing_there(self, place: str) -> Response:
        return self._refused(404, f"{one_line(place, 200)}: there is no such run in this folder")

    def _refused(self, status: int, why: str) -> Response:
        page = self._templates.get_template("error.html.j2").render(why=why, **style())
        return HTMLResponse(page.encode("utf-8", "replace"), status)

    def _page(self, request: Request, template: str, **values: Any) -> Response:
        shown = {"form_token": request.state.form_token, "signs": SIGNS, **style(), **values}
        return HTMLResponse(self._templates.get_template(template).render(**shown).encode("utf-8", "replace"))


def fits(run: ListedRun, asked: Mapping[str, str]) -> bool:
    """Say whether a run is what was asked for; what was not said is anything."""
    return all(not wanted or str(getattr(run, name)) == wanted for name, wanted in asked.items())


async def _meant(request: Request, **said: str) -> bool:
    """Say whether a form is of this page, and says what it must."""
    form = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=FIELDS_MAX)
    if not form_token_fits(request.state.form_token, (form.get("form_token") or [""])[0]):
        return False
    return all(form.get(name) == [value] for name, value in said.items())
