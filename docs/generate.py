"""Writes what is generated: the schemas in scenarios/, the tables of all fields of a scenario, of an envelope and of a
target file, the settings of the reference and its description as OpenAPI.

python docs/generate.py            write them
python docs/generate.py --check    fail if one of them is not what would be written
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

from deadair.explore.envelope_file import envelope_schema, envelope_schema_text
from deadair.reference import settings
from deadair.reference.description.document import document_text
from deadair.reference.running.configuration import rule
from deadair.scenario.schema import schema, schema_text
from deadair.targets.described.schema import target_schema, target_schema_text

REPOSITORY = Path(__file__).resolve().parents[1]
SCHEMA = REPOSITORY / "scenarios/schema.json"
TARGET_SCHEMA = REPOSITORY / "scenarios/target-schema.json"
ENVELOPE_SCHEMA = REPOSITORY / "scenarios/envelope-schema.json"
PAGE = REPOSITORY / "docs/scenarios.md"
TARGET_PAGE = REPOSITORY / "docs/target-file.md"
OPENAPI = REPOSITORY / "docs/reference-openapi.json"
ENVELOPE_PAGE = REPOSITORY / "docs/exploring.md"
SERVICE_PAGE = REPOSITORY / "docs/reference-settings.md"
BEGIN = "<!-- fields: written by docs/generate.py, do not edit -->"
END = "<!-- end of fields -->"
PARTS = {
    "target": "TargetSpec",
    "fleet": "FleetSpec",
    "fleet.devices_with": "DeviceHabits",
    "phases": "Phases",
    "promises": "Promises",
    "timeline[]": "Entry",
    "people[]": "PersonEvent",
}

ENVELOPE_PARTS = {
    "capacity_per_device.NAME": "AmountSpan",
    "fleet": "FleetRange",
    "fleet.large": "LargeNights",
    "fleet.devices_with": "DeviceHabits",
    "fleet.follows": "FollowRange",
    "phases": "PhaseRange",
    "faults": "FaultLimits",
    "faults.kinds[]": "FaultRange",
    "faults.late_work": "LateWork",
    "faults.alert_paths[]": "PathRange",
    "faults.down_together[]": "DownTogether",
    "people": "PeopleRange",
    "…devices, …followers_per_device, …cohorts, …in_a_night": "CountSpan",
    "…storm, …lasts": "LengthSpan",
}
TARGET_PARTS = {
    "version": "VersionSection",
    "compose": "ComposeSection",
    "share": "ShareSection",
    "http": "HttpSection",
    "http.enroll[]": "EnrollStep",
    "http.login[]": "LoginStep",
    "http.login[].session_header": "HeaderPick",
    "http.upload": "UploadSection",
    "http.poll": "PollSection",
    "…duplicate, …logged_out": "AnswerSection",
    "…session, …follower, …patient, …measured": "Pick",
    "sockets.NAME": "SocketSection",
    "sockets.NAME.server": "ServerSection",
    "nodes.NAME": "NodeSection",
    "nodes.NAME.start": "StartSection",
    "nodes.NAME.start.build": "BuildSection",
    "nodes.NAME.start.mounts[]": "MountSection",
    "nodes.NAME.ready": "ReadySection",
    "nodes.NAME.ready.tcp": "TcpReady",
    "links.NAME": "LinkSection",
    "probes": "ProbeSections",
    "probes.stored": "StoredProbe",
    "probes.backlog": "BacklogProbe",
    "probes.status": "StatusProbe",
    "door": "DoorSection",
    "…http": "HttpQuestion",
    "…sql": "SqlQuestion",
}
"""The parts of a target file. ``…``: wherever a part of that name stands in a node, a probe or the version."""


def page_text(page: str, table: str) -> str:
    """Return the page with its table of fields made anew."""
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def settings_table() -> str:
    """Return all settings of the reference service as a table, in the order in which they are declared."""
    hints = get_type_hints(settings.Settings)
    (declared,) = [one for one in ast.parse(inspect.getsource(settings)).body if isinstance(one, ast.ClassDef)]
    lines = ["| setting | what to write | default | what it means |", "|---|---|---|---|"]
    for field, after in zip(declared.body, declared.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            said = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            default = ast.unparse(field.value) if field.value else ""
            shown = {
                "None": "no limit",
                "()": "none",
                "''": "none",
                "field(default_factory=dict)": "none",
                "field(default='', repr=False)": "none",
            }.get(default, f"`{default}`")
            name = field.target.id
            meaning = str(said).replace("\n", " ").replace("``", "`")
            lines.append(f"| `{name}` | {rule(name, hints[name])[1]} | {shown} | {meaning} |")
    return "\n".join(lines)


def fields_table() -> str:
    """Return all fields as a table, in the order a file has them."""
    made = schema()
    definitions = made["$defs"]
    rows = [*_rows("", made, definitions)]
    for prefix, name in PARTS.items():
        rows += _rows(f"{prefix}.", definitions[name], definitions)
    for field, prefix in (("timeline", "fault"), ("checks", "check")):
        for reference in _choices(made, field):
            part = definitions[reference]
            kind = part["properties"]["kind"]["const"]
            rows += [(f"{prefix} `{kind}`", "", "", part["description"].splitlines()[0].replace("``", "`"))]
            rows += [row for row in _rows(f"{kind}.", part, definitions) if not row[0].endswith(".kind`")]
    head = "| field | what to write | default | what it means |\n|---|---|---|---|"
    return "\n".join([head, *(f"| {' | '.join(row)} |" for row in rows)])


def envelope_table() -> str:
    """Return all fields of an envelope as a table, in the order a file has them."""
    made = envelope_schema()
    rows = [*_rows("", made, made["$defs"])]
    for prefix, name in ENVELOPE_PARTS.items():
        rows += _rows(f"{prefix}.", made["$defs"][name], made["$defs"])
    head = "| field | what to write | default | what it means |\n|---|---|---|---|"
    return "\n".join([head, *(f"| {' | '.join(row)} |" for row in rows)])


def target_table() -> str:
    """Return all fields of a target file as a table; of alert paths first what all have, then what each channel has."""
    made = target_schema()
    definitions = made["$defs"]
    rows = [*_rows("", made, definitions)]
    for prefix, name in TARGET_PARTS.items():
        rows += _rows(f"{prefix}.", definitions[name], definitions)
    paths = [
        definitions[each["$ref"].rsplit("/", 1)[1]] for each in made["properties"]["alert_paths"]["items"]["oneOf"]
    ]
    common = set.intersection(*(set(path["properties"]) for path in paths)) - {"channel"}
    rows += [row for row in _rows("alert_paths[].", paths[0], definitions) if row[0].rpartition(".")[2][:-1] in common]
    for path in paths:
        channel = path["properties"]["channel"]["const"]
        rows += [(f"channel `{channel}`", "", "", path["description"].splitlines()[0])]
        own = _rows("alert_paths[].", path, definitions)
        rows += [row for row in own if row[0].rpartition(".")[2][:-1] not in {*common, "channel"}]
    head = "| field | what to write | default | what it means |\n|---|---|---|---|"
    return "\n".join([head, *(f"| {' | '.join(row)} |" for row in rows)])


def _choices(made: Mapping[str, Any], field: str) -> list[str]:
    within = (
        made["$defs"]["Entry"]["properties"]["fault"] if field == "timeline" else made["properties"][field]["items"]
    )
    return [choice["$ref"].rsplit("/", 1)[1] for choice in within["oneOf"]]


def _rows(prefix: str, part: Mapping[str, Any], definitions: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    required = part.get("required", [])
    for name, said in part["properties"].items():
        # A field without a sentence of its own has that of the part it holds.
        field = {**definitions.get(said.get("$ref", "").rsplit("/", 1)[-1], {}), **said}
        default = "**needed**" if name in required else _shown(field.get("default"))
        meaning = field.get("description", "").replace("\n", " ").replace("``", "`").replace("|", "or")
        yield f"`{prefix}{name}`", _kind(field), default, meaning


def _kind(field: Mapping[str, Any]) -> str:  # noqa: PLR0911 - one return for each kind of value
    if "examples" in field:
        return "such as " + ", ".join(f"`{_example(example)}`" for example in field["examples"])
    if "enum" in field.get("items", {}):
        return "a list of " + ", ".join(f"`{word}`" for word in field["items"]["enum"])
    if "anyOf" in field:  # that, or nothing
        return _kind(next(either for either in field["anyOf"] if either.get("type") != "null"))
    if "enum" in field:
        return "one of " + ", ".join(f"`{word}`" for word in field["enum"])
    if field.get("$ref", "").endswith("/JsonValue"):
        return "any JSON"
    match field.get("type"):
        case "boolean":
            return "`true` or `false`"
        case "integer":
            return "a whole number"
        case "number":
            return "a number"
        case "string":
            return "text"
        case "array":
            return "a list"
        case _:
            return "a mapping"


def _example(value: Any) -> str:
    """Write an example as it stands in a file."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {below}" for key, below in value.items()) + "}"
    return str(value)


def _shown(default: Any) -> str:
    if isinstance(default, list):
        return ", ".join(f"`{item}`" for item in default) or "none"
    if isinstance(default, dict):
        return "none" if not default else "see below"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if default == "":
        return "empty"
    return f"`{default}`" if default is not None else "–"


def main() -> int:
    """Write or check all of them; return an exit code."""
    made: dict[Path, Callable[[str], str]] = {
        SCHEMA: lambda _: schema_text(),
        PAGE: lambda page: page_text(page, fields_table()),
        TARGET_SCHEMA: lambda _: target_schema_text(),
        TARGET_PAGE: lambda page: page_text(page, target_table()),
        ENVELOPE_SCHEMA: lambda _: envelope_schema_text(),
        ENVELOPE_PAGE: lambda page: page_text(page, envelope_table()),
        SERVICE_PAGE: lambda page: page_text(page, settings_table()),
        OPENAPI: lambda _: document_text().decode(),
    }
    stale = []
    for path, make in made.items():
        there = path.read_text(encoding="utf-8") if path.exists() else ""
        text = make(there)
        if "--check" not in sys.argv[1:]:
            path.write_text(text, encoding="utf-8")
        elif there != text:
            stale.append(str(path.relative_to(REPOSITORY)))
    if stale:
        sys.stderr.write(f"stale: {', '.join(stale)}; run `make docs`\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
