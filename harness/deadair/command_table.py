"""The program that verbs are added to, and the options that several of them have. Knows no verb."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

app = typer.Typer(
    name="deadair",
    help="Proves that silence is noticed: injects faults into a follow service and judges who was alerted in time.",
    epilog="Exit codes: 0 pass, 1 a rule is violated, 2 unknown, 3 aborted, 4 the harness failed, 64 bad usage.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Reports = Annotated[Path, typer.Option("--reports", help="Where run folders are kept.")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run folder, or `latest`.")]
REPORTS = Path("reports")
Allow = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A file in which a person allows what is refused otherwise.")
]
Targets = Annotated[
    list[Path] | None,
    typer.Option("--targets", metavar="DIR", help="A folder of targets of your own, or of one; may be repeated."),
]
BaselineFile = Annotated[
    Path | None,
    typer.Option("--baseline", metavar="FILE", help="A file of `deadair baseline`: a later alert is exit code 1."),
]
RetryUnknown = Annotated[int, typer.Option(help="Run one that ended unknown so often again; never a fail.")]
Annotations = Annotated[str | None, typer.Option(help="`github` or `gitlab`: point at lines of scenarios.")]
_Verb = TypeVar("_Verb", bound="Callable[..., Any]")


def verb(name: str | None = None) -> Callable[[_Verb], _Verb]:
    """Make a function a verb; help shows the first line of its docstring, all of it at any width."""

    def make(function: _Verb) -> _Verb:
        sentence = (function.__doc__ or "").splitlines()[0]
        return app.command(name, short_help=sentence)(function)

    return make
