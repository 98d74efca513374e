"""Every text of a target file in which names are put in, with where it stands; and whether each name is known. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from deadair.documents.dialect import FieldPath
from deadair.documents.error_text import Problem
from deadair.targets.adapters.http_section import templates as templates_of_http
from deadair.targets.described.alert_clients import texts_of_client
from deadair.targets.described.node_section import NodeSection
from deadair.targets.described.sections import HttpQuestion
from deadair.targets.described.target_file import TargetFile
from deadair.targets.described.template_values import ACCOUNT, names_before_a_run, names_of_a_run, names_of_parts
from deadair.targets.described.templates import names_in, unknown_names

PlacedText = tuple[FieldPath, str]


def unknown_and_untold(file: TargetFile, templates: Mapping[str, str]) -> Iterator[Problem]:
    """Refuse names that nothing is known for, and what of a run no node is told.

    ``templates``: the texts that its ``files`` are made from.
    """
    known, before = names_of_a_run(file), names_before_a_run(file)
    told = set[str]()
    for where, text in _texts_of_a_run(file, templates):
        told.update(names_in(text))
        yield from (Problem(where, what) for what in unknown_names(text, known))
    for where, text in _texts_of_probes(file):
        yield from (Problem(where, what) for what in unknown_names(text, (*known, ACCOUNT)))
    for inside, text, own in templates_of_http(file.http) if file.http is not None else ():
        yield from (Problem(("http", *inside), what) for what in unknown_names(text, (*own, *before)))
    for number, text in enumerate(file.version.command or ()):
        yield from (Problem(("version", "command", number), what) for what in unknown_names(text, before))
    for where, text in _texts_of_parts(file):
        yield from (Problem(where, what) for what in unknown_names(text, names_of_parts(file)))
    if file.runtime == "processes":
        yield from _untold(file, told)


def _untold(file: TargetFile, told: Collection[str]) -> Iterator[Problem]:
    """Find links that no node is told of, and sockets whose node is told no port: each run has other ones."""
    for name, link in file.links.items():
        if not link.outer and not any(one == f"route.{name}" or one.startswith(f"route.{name}.") for one in told):
            what = f"nothing is told of this link: put `{{route.{name}}}` where a node reads whom to dial"
            yield Problem(("links", name), what, at_key=True)
    for name in file.sockets:
        if not any(one == f"listen.{name}" or one.startswith(f"listen.{name}.") for one in told):
            what = f"nothing is told of this socket: put `{{listen.{name}.port}}` where its node reads where to listen"
            yield Problem(("sockets", name), what, at_key=True)


def _texts_of_a_run(file: TargetFile, templates: Mapping[str, str]) -> Iterator[PlacedText]:
    for name, node in file.nodes.items():
        yield from _texts_of_node(("nodes", name), node)
    for name in file.files:
        yield ("files", name), templates.get(name, "")


def _texts_of_node(where: FieldPath, node: NodeSection) -> Iterator[PlacedText]:
    start, ready = node.start, node.ready
    yield from _numbered((*where, "start", "command"), start.command)
    yield from (((*where, "variables", name), text) for name, text in node.variables.items())
    if start.image is not None:
        yield (*where, "start", "image"), start.image
    if start.build is not None:
        arguments = start.build.arguments
        yield from (((*where, "start", "build", "arguments", name), text) for name, text in arguments.items())
    for number, mount in enumerate(start.mounts):
        yield (*where, "start", "mounts", number, "source"), mount.source
    if ready is not None:
        yield from _numbered((*where, "ready", "command"), ready.command)
        if ready.http is not None:
            yield from _texts_of_question((*where, "ready", "http"), ready.http)


def _texts_of_parts(file: TargetFile) -> Iterator[PlacedText]:
    """Yield the texts in which only the target's own parts can be named."""
    yield from ((("nodes", name, "start", "folder"), node.start.folder) for name, node in file.nodes.items())
    for number, path in enumerate(file.alert_paths):
        yield from ((("alert_paths", number, name), text) for name, text in texts_of_client(path).items())


def _texts_of_probes(file: TargetFile) -> Iterator[PlacedText]:
    for probe in ("stored", "backlog"):
        source, where = getattr(file.probes, probe), ("probes", probe)
        if source is None:
            continue
        yield from _numbered((*where, "command"), source.command)
        if source.http is not None:
            yield from _texts_of_question((*where, "http"), source.http)
        if source.sql is not None:
            yield (*where, "sql", "file"), source.sql.file
    if file.door is not None and file.door.end_sessions is not None:
        yield from _texts_of_question(("door", "end_sessions"), file.door.end_sessions)
    if file.version.http is not None:
        yield from _texts_of_question(("version", "http"), file.version.http)


def _texts_of_question(where: FieldPath, question: HttpQuestion) -> Iterator[PlacedText]:
    yield (*where, "path"), question.path
    yield (*where, "body"), question.body
    yield from (((*where, "headers", name), text) for name, text in question.headers.items())


def _numbered(where: FieldPath, texts: Iterable[str] | None) -> Iterator[PlacedText]:
    yield from (((*where, number), text) for number, text in enumerate(texts or ()))
