"""Finds a toxiproxy-server, or builds one. Does not start it.

The ways, first that works: ``$DEADAIR_TOXIPROXY``, the PATH, our cache, the machine's Go, a Go tool chain from
PyPI in a temporary virtual environment. What is built goes into a per-user cache, whole or not at all, and of the
building nothing stays: modules, caches and settings of Go lie in a folder of their own that is removed.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from deadair.model.errors import HarnessError
from deadair.provision.build_place import Say, build_place, cache_folder
from deadair.provision.go_tool import GO_LIMIT_S, go_tools
from deadair.provision.limited_command import CommandFailed, run

VERSION = "2.12.0"
WHAT = f"toxiproxy-server {VERSION}"
MODULE = f"github.com/Shopify/toxiproxy/v2/cmd/server@v{VERSION}"
LINK_FLAGS = f"-X github.com/Shopify/toxiproxy/v2.Version={VERSION}"
ASK_LIMIT_S = 10.0


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
    return cache_folder(f"toxiproxy-{VERSION}", environ) / "toxiproxy-server"


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
    server, tried = cache(environ), list[str]()
    with build_place(server.parent, WHAT, show, limit_s=GO_LIMIT_S) as made:
        with suppress(CommandFailed):
            return _cached(show, environ)
        for go in go_tools(made, WHAT, show, environ, tried):
            try:
                go.run(["install", "-trimpath", "-ldflags", LINK_FLAGS, MODULE], {"GOBIN": str(go.folder)})
                built = go.folder / "server"
                _demand_version(built, environ)
            except CommandFailed as error:
                tried.append(str(error))
                continue
            built.replace(server)
            show(f"{WHAT} is ready in {server.parent}")
            return server
    raise CommandFailed("\n".join(tried))
