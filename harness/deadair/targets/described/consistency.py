"""Whether a well-formed target file makes sense: with itself, and with what a run knows to put in. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from deadair.documents.dialect import FieldPath
from deadair.documents.error_text import Problem, nearest
from deadair.model.excerpt import excerpt
from deadair.provision.catalogue import PROVISIONS
from deadair.targets.adapters.catalogue import ADAPTERS, GROUP
from deadair.targets.adapters.own_class import installed_names, is_own
from deadair.targets.alerts.alert_path_section import AlertPathSection
from deadair.targets.alerts.channel_spec import SOCKETS, channels_of
from deadair.targets.alerts.message_parts import implies
from deadair.targets.described.node_section import StartSection
from deadair.targets.described.target_file import TargetFile
from deadair.targets.described.texts import unknown_and_untold

RESERVED = frozenset({"any", "latest", "sample", "on", "off", "yes", "no", "true", "false", "null"})
"""What no target may be called: scenarios, run folders or YAML mean something else by it."""
GATEWAY = frozenset({"push", "push_links", "push_smtp", "push_apns", "load", "device", "phone"})
"""What no node, socket or link of a target may be called: these are the harness's own."""
ALWAYS = ("uplink", "downlink")
LAST_MILE = "last_mile"
OF_RUNTIME: Mapping[str, frozenset[str]] = {
    "processes": frozenset({"command", "folder"}),
    "docker": frozenset({"command", "image", "build", "mounts", "cpus", "memory_mb"}),
    "compose": frozenset({"service"}),
    "attached": frozenset(),
}
"""By runtime, what may be said of how a node is started."""
FORBIDDEN = ("DEADAIR_", "PYTHON", "LD_")
"""How variables begin that the harness sets for its own processes, or that change what every program does."""
FORBIDDEN_NAMES = frozenset({"PATH", "TMPDIR", "LC_ALL", "TZ"})


def problems(file: TargetFile, templates: Mapping[str, str]) -> Iterator[Problem]:
    """Yield everything for which a target cannot be made of a file. ``templates``: the texts of its ``files``."""
    if file.name in RESERVED:
        yield Problem(("name",), f"{excerpt(file.name)} cannot name a target: it means something else in scenarios")
    yield from _names(file)
    yield from _needs(file)
    yield from _adapter(file)
    yield from _nodes(file)
    yield from _sockets(file)
    yield from _links(file)
    yield from _places(file)
    yield from _alerts(file)
    yield from _asked(file)
    yield from _handed_on(file)
    yield from unknown_and_untold(file, templates)


def _names(file: TargetFile) -> Iterator[Problem]:
    for part, names in (("nodes", file.nodes), ("sockets", file.sockets), ("links", file.links)):
        for name in names:
            if name in GATEWAY or (part != "links" and name in (*ALWAYS, LAST_MILE)):
                yield Problem((part, name), f"`{name}` is a name of the harness's own; choose another", at_key=True)
    for name in file.links:
        if name in file.nodes:
            yield Problem(("links", name), "there is a node of this name: a place needs one of its own", at_key=True)


def _needs(file: TargetFile) -> Iterator[Problem]:
    for number, need in enumerate(file.needs):
        if need not in PROVISIONS:
            yield Problem(("needs", number), _no("provision", need, PROVISIONS))


def _adapter(file: TargetFile) -> Iterator[Problem]:
    known = (*ADAPTERS, *installed_names(GROUP))
    if not is_own(file.adapter) and file.adapter not in known:
        own = " (a class of your own is written `./file.py:Name`)"
        yield Problem(("adapter",), f"there is no adapter {excerpt(file.adapter)}{own}{nearest(file.adapter, known)}")
    for section in ("http", "share"):
        if getattr(file, section) is not None and file.adapter != section:
            yield Problem((section,), f"`{section}` goes with `adapter: {section}` alone", at_key=True)
    if file.adapter == "http" and file.http is None:
        yield Problem(("adapter",), "`http` is missing: how devices upload and phones poll; add it", key="http")


def _nodes(file: TargetFile) -> Iterator[Problem]:
    if file.runtime == "attached":
        if file.nodes:
            yield Problem(("nodes",), "what is attached runs already: the harness starts none of its nodes; write `{}`")
    elif not file.nodes:
        yield Problem(("nodes",), "there is no node; write at least one")
    if (file.compose is not None) != (file.runtime == "compose"):
        what = "is needed with `runtime: compose`" if file.compose is None else "goes with `runtime: compose` alone"
        yield Problem(("compose",), f"`compose` {what}")
    for name, node in file.nodes.items():
        yield from _start(("nodes", name, "start"), node.start, file.runtime)


def _start(where: FieldPath, start: StartSection, runtime: str) -> Iterator[Problem]:
    for key in start.model_fields_set:
        if key not in OF_RUNTIME[runtime]:
            others = " or ".join(f"`{one}`" for one, keys in OF_RUNTIME.items() if key in keys)
            yield Problem((*where, key), f"`{key}` goes with the runtime {others}, not with `{runtime}`", at_key=True)
    if runtime == "processes" and start.command is None:
        yield Problem(where, "`command` is missing: the program and its arguments; add it")
    if runtime == "docker" and (start.image is None) == (start.build is None):
        yield Problem(where, "write either `image` or `build`")
    if runtime == "compose" and start.service is None:
        yield Problem(where, "`service` is missing: the service of the compose file; add it")


def _sockets(file: TargetFile) -> Iterator[Problem]:
    for name, socket in file.sockets.items():
        where = ("sockets", name)
        if socket.node is None and len(file.nodes) > 1:
            yield Problem(where, f"there are {len(file.nodes)} nodes: say which serves it, `node: NAME`")
        elif socket.node is not None and socket.node not in file.nodes:
            yield Problem((*where, "node"), _no("node", socket.node, file.nodes))
        if file.runtime in ("docker", "compose") and socket.port is None:
            yield Problem(where, "`port` is missing: the port in its container; add it")
        if file.runtime == "attached" and socket.port is None:
            yield Problem(where, "`port` is missing: the one that it has; add it")
        if socket.host is not None and file.runtime != "attached":
            yield Problem((*where, "host"), "`host` goes with `runtime: attached` alone", at_key=True)
        if file.runtime == "processes" and socket.port is not None:
            what = "a process is told a free port of each run: put `{listen.NAME.port}` into its variables or command"
            yield Problem((*where, "port"), what, at_key=True)


def _links(file: TargetFile) -> Iterator[Problem]:
    known = (*file.sockets, *dict.fromkeys(SOCKETS.values()))
    for name in ALWAYS:
        if name not in file.links:
            what = f"`{name}` is missing: the link over which {'devices upload' if name == 'uplink' else 'phones read'}"
            yield Problem(("links",), f"{what}; add it", key=name)
    for name, link in file.links.items():
        where = ("links", name, "to")
        if not link.outer and file.runtime == "attached":
            what = "no node of what is attached can be led to a proxy: only links with `outer: true` can be cut"
            yield Problem(("links", name), what, at_key=True)
        if name == LAST_MILE:
            if link.to != "push_links" or not link.outer:
                yield Problem(("links", name), "it is always there, as it is: leave it out", at_key=True)
        elif link.to not in known:
            yield Problem(where, _no("socket", link.to, known))
        elif link.outer and link.to not in file.sockets:
            yield Problem(where, f"devices and phones dial a socket of the target's own{nearest('', file.sockets)}")
        if link.alias and (link.outer or file.runtime not in ("docker", "compose")):
            what = "goes with links between containers: `runtime: docker` or `compose`, and not `outer`"
            yield Problem(("links", name, "alias"), f"`alias` {what}", at_key=True)
        if name in ALWAYS and not link.outer:
            yield Problem(("links", name), "devices and phones dial it: write `outer: true`")


def _places(file: TargetFile) -> Iterator[Problem]:
    places = (*file.nodes, *file.links, LAST_MILE)
    named: list[tuple[FieldPath, str]] = [(("reading_path", n), place) for n, place in enumerate(file.reading_path)]
    named += [(("roles", role, n), place) for role, of in file.roles.items() for n, place in enumerate(of)]
    for where, place in named:
        if place not in places:
            yield Problem(where, _no("node and no link", place, places))
    for role, of in file.roles.items():
        if not of:
            yield Problem(("roles", role), "there is no place in it; write one, or take it out")


def _alerts(file: TargetFile) -> Iterator[Problem]:
    seen = set[str]()
    for number, path in enumerate(file.alert_paths):
        where = ("alert_paths", number)
        if path.name in seen:
            yield Problem((*where, "name"), f"{excerpt(path.name)} is said twice; choose another name")
        seen.add(path.name)
        if path.alarm is not None and path.clear is not None and implies(path.clear, path.alarm):
            yield Problem((*where, "alarm"), "every all-clear is an alarm by this: say more of what makes an alarm")
        if _is_for_everybody(path) and file.devices_max > 1:
            told = "say where it names its `follower` or its `patient`, or write `devices_max: 1`"
            yield Problem(where, f"one alarm would be everybody's: {told}")
        if path.sender and file.nodes and path.sender not in file.nodes:
            yield Problem((*where, "from"), _no("node", path.sender, file.nodes))
        if path.channel == "socketio" and not getattr(file.links.get(path.link), "outer", False):
            outer = [name for name, link in file.links.items() if link.outer]
            yield Problem((*where, "link"), _no("link that followers dial", path.link, outer))
    led_to = {link.to for link in file.links.values()}
    for channel in channels_of(file.alert_paths):
        socket = SOCKETS.get(channel.channel)
        if socket is not None and socket not in led_to and file.runtime != "attached":
            sender = next((path.sender for path in channel.paths if path.sender), next(iter(file.nodes), "node"))
            what = f"nothing leads to `{socket}`, where {channel.channel} messages go"
            told = f"add `{sender}→push: {{to: {socket}}}`, and tell the node of it by {{route.{sender}→push}}"
            yield Problem(("links",), f"{what}: {told}")


def _is_for_everybody(path: AlertPathSection) -> bool:
    """Say whether an alarm by this path names nobody; what comes with an answer is for who asked."""
    return path.alarm is not None and path.follower is None and path.patient is None and path.channel != "poll"


def _asked(file: TargetFile) -> Iterator[Problem]:
    asked: list[tuple[FieldPath, str]] = []
    for name, node in file.nodes.items():
        if node.ready is not None and node.ready.http is not None:
            asked.append((("nodes", name, "ready", "http", "socket"), node.ready.http.socket))
        if node.ready is not None and node.ready.tcp is not None:
            asked.append((("nodes", name, "ready", "tcp", "socket"), node.ready.tcp.socket))
    for probe in ("stored", "backlog"):
        source = getattr(file.probes, probe)
        if source is not None and source.http is not None:
            asked.append((("probes", probe, "http", "socket"), source.http.socket))
    if file.door is not None and file.door.end_sessions is not None:
        asked.append((("door", "end_sessions", "socket"), file.door.end_sessions.socket))
    if file.probes.status is not None:
        asked.append((("probes", "status", "socket"), file.probes.status.socket))
    if file.version.http is not None:
        asked.append((("version", "http", "socket"), file.version.http.socket))
    if file.door is not None and len({file.links[name].to for name in ALWAYS if name in file.links}) > 1:
        what = "`uplink` and `downlink` lead to two sockets: a door can be tried only where both lead to one"
        yield Problem(("door",), what, at_key=True)
    for where, socket in asked:
        if socket not in file.sockets:
            yield Problem(where, _no("socket", socket, file.sockets))


def _handed_on(file: TargetFile) -> Iterator[Problem]:
    seen = set[str]()
    for part in ("environment", "secrets"):
        for number, name in enumerate(getattr(file, part)):
            if name in seen:
                yield Problem((part, number), f"{excerpt(name)} is said twice; keep one")
            elif name in FORBIDDEN_NAMES or name.startswith(FORBIDDEN):
                yield Problem((part, number), f"{excerpt(name)} is not handed on: the harness itself runs by it")
            seen.add(name)
    for name in file.defaults:
        if name not in file.environment:
            what = f"{excerpt(name)} is no variable of `environment`{nearest(name, file.environment)}"
            yield Problem(("defaults", name), what, at_key=True)


def _no(what: str, name: str, known: Iterable[str]) -> str:
    return f"there is no {what} {excerpt(name)}{nearest(name, known)}"
