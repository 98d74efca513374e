"""Runs the compose program of this machine, whichever generation it is. Knows no compose file.

What it starts carries the run's marker, so that it ends with the run; every call has a limit.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from deadair.injectors.child_environment import child_environment
from deadair.injectors.processes import MARKER
from deadair.model.errors import HarnessError, ScenarioError
from deadair.provision.limited_command import CommandFailed, run

LOOK_LIMIT_S = 20.0
CREATE_LIMIT_S = 600.0
"""It pulls what images are not there."""
LINES_SHOWN_MAX = 2


class ComposeProgram:
    """The program, for one project. Raises HarnessError with what it said."""

    def __init__(self, project: str, *, folder: Path, socket: str, run_id: str = "") -> None:
        self._project = project
        self._folder = folder
        self._environ = {
            **child_environment(),
            **({"HOME": os.environ["HOME"]} if "HOME" in os.environ else {}),
            "DOCKER_HOST": f"unix://{socket}",
            "COMPOSE_IGNORE_ORPHANS": "1",
            **({MARKER: run_id} if run_id else {}),
        }
        self._command: tuple[str, ...] = ()
        self._old = False

    def version(self) -> str:
        """Return which it is. Raises HarnessError if there is none."""
        path = self._environ.get("PATH", os.defpath)
        for command in (("docker", "compose"), ("docker-compose",)):
            if (program := shutil.which(command[0], path=path)) is not None:
                with suppress(CommandFailed):
                    told = (program, *command[1:])
                    said = run([*told, "version", "--short"], limit_s=LOOK_LIMIT_S, environ=self._environ)
                    self._command, self._old = told, said.strip().lstrip("v").startswith("1.")
                    return said.strip()
        raise HarnessError(
            "there is no compose program: install one (`apt-get install docker-compose`, or the plug-in of Docker)"
        )

    def config(self, file: Path, variables: Mapping[str, str]) -> str:
        """Return a file as the program understands it: YAML with everything resolved. Raises ScenarioError."""
        try:
            return self._run("read the file", ["-f", str(file), "config"], limit_s=LOOK_LIMIT_S, variables=variables)
        except HarnessError as error:
            raise ScenarioError(f"{error}; mend {file.name}") from error

    def build(self, text: str, services: Sequence[str]) -> None:
        """Build the images of some services, as a text says that is no file: it may hold secrets."""
        self._run("build", ["-f", "-", "build", *(["--force-rm"] if self._old else []), *services], given=text)

    def create(self, text: str) -> None:
        """Make networks, volumes and containers, as a text says, and start none."""
        self._run("create", ["-f", "-", "up", "--no-start", "--no-build"], given=text)

    def _run(
        self,
        deed: str,
        words: Sequence[str],
        *,
        limit_s: float = CREATE_LIMIT_S,
        variables: Mapping[str, str] | None = None,
        given: str | None = None,
    ) -> str:
        if not self._command:
            self.version()
        command = [*self._command, "--project-directory", str(self._folder), "-p", self._project, *words]
        environ = {**self._environ, **(variables or {})}
        try:
            return run(command, limit_s=limit_s, environ=environ, folder=self._folder, given=given, apart=True)
        except CommandFailed as error:
            said = [line.strip() for line in error.output.splitlines() if line.strip()][-LINES_SHOWN_MAX:]
            why = "; ".join(said)[:600] or str(error)
            raise HarnessError(f"{self._folder}: the compose program could not {deed}: {why}") from None
