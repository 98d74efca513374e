"""Reads the configuration and checks it before anything starts: one file, then the environment over it.

``settings.json`` or ``settings.toml`` in the data folder; a variable ``FOLLOW_<NAME>`` holds a value as it would stand
in the JSON. What is wrong is refused with the file or variable, the key, the value, and what would be allowed.
Passed over are the variables that a container platform sets beside a service that is called ``follow``.
"""

from __future__ import annotations

import json
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path
from typing import Any, get_type_hints

from deadair.reference.defects.catalogue import NAMES
from deadair.reference.running.layout import LAYOUT, PUSH, address
from deadair.reference.settings import Settings

FILES: dict[str, Callable[[str], Any]] = {"settings.json": json.loads, "settings.toml": tomllib.loads}
VARIABLES = "FOLLOW_"
SERVICE_LINK = re.compile(
    r"FOLLOW_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)"
)
"""How Kubernetes and Docker call what they say of a service ``follow``, or ``follow-<something>``, to all beside it."""
NUMBER_MAX = 10**9
LEAST = {"password_memory_kib": 8}
"""Whole numbers that may not be as low as 1."""
SECRETS = {"inner_secret", "store_url"}
"""Settings that no message shows."""
SECRET = re.compile(r"[!-~]{16,200}")

FieldRule = tuple[Callable[[Any], bool], str]
"""Whether a value is allowed, and what is, in words."""


class ConfigurationError(Exception):
    """The service cannot be started as it is configured; the message says where, what, and what is allowed."""


def configured(data: Path, environment: Mapping[str, str]) -> Settings:
    """Return the settings of the installation in this folder. Raises ConfigurationError."""
    kinds = get_type_hints(Settings)
    found: dict[str, Any] = {}
    for where, name, value in _said(data, environment, kinds):
        if name not in kinds:
            (near,) = get_close_matches(name, kinds, n=1, cutoff=0.0)
            raise ConfigurationError(f"{where}: there is no setting {name!r}; the nearest is {near!r}")
        allowed, words = rule(name, kinds[name])
        if not allowed(value):
            shown = "" if name in SECRETS else f" = {value!r:.80}"
            raise ConfigurationError(f"{where}: {name}{shown}: it must be {words}")
        found[name] = tuple(value) if isinstance(value, list) else value
    if found.get("store_url") and find_spec("psycopg") is None:
        raise ConfigurationError(
            "store_url: psycopg speaks to that server, and it is not installed: pip install 'deadair[postgres]'"
        )
    return Settings(**found)


def service_links(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the variables that a platform set and nobody meant as settings: none of them is the name of one."""
    names = get_type_hints(Settings)
    return tuple(
        variable
        for variable in sorted(environment)
        if SERVICE_LINK.fullmatch(variable) and variable.removeprefix(VARIABLES).lower() not in names
    )


def check_node(settings: Settings, node: str) -> None:
    """Say whether a node can start by itself with these settings. Raises ConfigurationError."""
    needs = [("sockets", name, name in settings.sockets) for name in LAYOUT[node].sockets]
    needs += [("routes", name, name in settings.routes) for name in LAYOUT[node].links]
    for kind, name, there in needs:
        if not there:
            raise ConfigurationError(
                f"{kind}: the {node} needs an entry {name!r}, and neither {' nor '.join(FILES)} nor"
                f" {VARIABLES}{kind.upper()} has one; `up` finds addresses for all nodes by itself"
            )


def _said(data: Path, environment: Mapping[str, str], kinds: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Find file or variable, name and value of whatever is configured, what holds over others last."""
    paths = [data / name for name in FILES if (data / name).exists()]
    if len(paths) > 1:
        raise ConfigurationError(f"{data}: {' and '.join(FILES)} are both there; only one of them is allowed")
    for path in paths:
        values = _parsed(path.name, FILES[path.name], path.read_bytes)
        if not isinstance(values, dict):
            raise ConfigurationError(f"{path.name}: {values!r:.80} is no object of settings")
        yield from ((path.name, name, value) for name, value in values.items())
    links = service_links(environment)
    for variable, text in environment.items():
        if variable.startswith(VARIABLES) and variable not in links:
            name = variable.removeprefix(VARIABLES).lower()
            way = f"; {name} must be {rule(name, kinds[name])[1]}, as in JSON" if name in kinds else ""
            yield variable, name, _parsed(variable, json.loads, text.encode, way)


def _parsed(where: str, parse: Callable[[str], Any], read: Callable[[], bytes], way: str = "") -> Any:
    try:
        return parse(read().decode())
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{where}: cannot be read: {error}{way}") from error


def rule(name: str, kind: Any) -> FieldRule:  # noqa: PLR0911 - one return for each kind of value
    """Return what is allowed for a setting, by the type and the name of its field."""
    if name == "sockets":
        names = {PUSH, *(name for place in LAYOUT.values() for name in place.sockets)}
        words = 'a table of sockets that there are, each with a port (1 to 65535) on loopback or a "host:port"'
        return _addresses(names, int, str), words
    if name == "routes":
        names = {link for place in LAYOUT.values() for link in (*place.links, place.store_link) if link}
        return _addresses(names, str), 'a table of links that there are, each with the "host:port" to dial'
    if name == "store_url":
        return _store_url, 'a text "postgresql://USER:PASSWORD@HOST:PORT/DATABASE", or an empty one'
    if name in SECRETS:
        allowed = lambda value: isinstance(value, str) and (not value or SECRET.fullmatch(value) is not None)  # noqa: E731
        return allowed, "a text of 16 to 200 printable ASCII characters without blanks, or an empty one"
    if name.endswith("_share"):
        return lambda value: _number(value) and 0 < value <= 1, "a number above 0, at most 1"
    if kind is int:
        least = LEAST.get(name, 1)
        return lambda value: type(value) is int and least <= value <= NUMBER_MAX, f"a whole number from {least} to 10⁹"
    if kind is str:
        return lambda value: isinstance(value, str), "a text"
    if kind is float:
        return _positive, "a number above 0, up to 10⁹"
    if kind == float | None:
        return lambda value: value is None or _positive(value), "a number above 0, up to 10⁹, or nothing for no limit"
    if name == "proxies":
        return _networks, "a list of IP addresses, or networks such as 10.0.0.0/8"
    if kind == tuple[str, ...]:
        return (
            lambda value: isinstance(value, list) and all(isinstance(one, str) and one in NAMES for one in value),
            "a list of defects that there are",
        )
    raise TypeError(f"there is no rule for the setting {name}")


def _addresses(names: set[str], *kinds: type) -> Callable[[Any], bool]:
    def allowed(value: Any) -> bool:
        try:
            sound = isinstance(value, dict) and value.keys() <= names
            return sound and all(type(one) in kinds and address(one) for one in value.values())
        except ValueError:
            return False

    return allowed


def _networks(value: Any) -> bool:
    try:
        return isinstance(value, list) and all(isinstance(one, str) and ip_network(one, strict=False) for one in value)
    except ValueError:
        return False


def _store_url(value: Any) -> bool:
    return isinstance(value, str) and (
        not value or (value.startswith(("postgresql://", "postgres://")) and value.isprintable())
    )


def _number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _positive(value: Any) -> bool:
    return _number(value) and 0 < value <= NUMBER_MAX
