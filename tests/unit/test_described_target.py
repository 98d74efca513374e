"""The target that a target file makes: what it says of itself, what it starts, and what it does without."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from deadair.engines.run_plan import RunPlan, subject_of
from deadair.model.environment import ServerName
from deadair.model.errors import HarnessError
from deadair.model.roster import Device, Phone, Roster
from deadair.runtimes.node_start import ComposeStart, ContainerStart, ImageBuild, Mount, ProcessStart
from deadair.scenario.load import loads
from deadair.targets.adapters.client import device_client
from deadair.targets.request import Answer, Request
from deadair.targets.service_times import USUAL
from deadair.targets.target import Link
from tests.unit.described_site import answering, site_of, target_of
from tests.unit.scenario_texts import PLAIN
from tests.unit.target_texts import CRIB, changed, refusal

ROSTER = Roster((Device(1, "rest", "device-1", 0.0),), (Phone(7, 1, "rest", "phone-7", 0.0, 600_000_000),))
NODE = """\
  crib:
    start: {command: [crib, --port, "{listen.api.port}"]}
    variables: {ALERT_URL: "http://{route.crib->push}/hook", NO_DATA_S: "{no_data_after_s}"}
    ready: {http: {socket: api, path: /health}}
"""


def with_node(start: str, *more: tuple[str, str], runtime: str = "docker") -> str:
    pairs = (("  api: {}", "  api: {port: 80}"), ("adapter:", f"runtime: {runtime}\nadapter:"), *more)
    return changed(*pairs, (NODE, f"  crib:\n    start: {start}\n"))


DOOR = """\
door: {lockout_tries: 5, lockout_for: 2m, session_lasts: 1h,
       end_sessions: {socket: api, method: POST, path: "/out/{account}"}}
"""


def test_its_door_is_the_adapters_and_what_its_file_says_of_it(tmp_path: Path) -> None:
    assert (target_of(tmp_path).door(USUAL), "keeps_out" in target_of(tmp_path).unjudged) == (None, True)
    target = target_of(tmp_path, CRIB + DOOR)
    door = target.door(USUAL)
    assert door is not None
    assert (door.socket, door.lockout_tries, door.lockout_for_s, door.session_lasts_s) == ("api", 5, 120.0, 3600.0)
    assert (door.revocable, "keeps_out" in target.unjudged) == (True, False)
    assert door.others is not None
    (poll,) = door.others.requests(device_client("stranger", "secret", "open"))
    assert poll.path.endswith("ReadPublisherLatestGlucoseValues?sessionId=open&minutes=1440&maxCount=1")
    assert not door.others.holds_reading(Answer(200, b"[]"))
    assert door.others.holds_reading(Answer(200, b'[{"ST": "Date(60000)", "Value": 100}]'))
    bare = target_of(tmp_path, f"{CRIB}door: {{lockout_tries: 2, patients_apart: false}}\n").door(USUAL)
    assert bare is not None
    assert (bare.lockout_for_s, bare.session_lasts_s, bare.revocable, bare.others) == (0.0, None, False, None)


@pytest.mark.parametrize(("status", "said"), [(204, ""), (403, "`door.end_sessions` was answered 403: b'no'")])
def test_sessions_are_ended_by_the_request_that_its_file_says(tmp_path: Path, status: int, said: str) -> None:
    asked: list[tuple[str, str, str]] = []

    def ask(socket: str, request: Request, limit_s: float) -> Answer:
        asked.append((socket, request.method, request.path))
        return Answer(status, b"no")

    target = target_of(tmp_path, CRIB + DOOR)
    with pytest.raises(HarnessError, match=said) if said else nullcontext():
        target.end_sessions("intruder", site_of(tmp_path, ask))
    assert asked == [("api", "POST", "/out/intruder")]


def test_without_a_word_of_it_no_sessions_are_ended(tmp_path: Path) -> None:
    for text, said in (("", "no `door`"), ("door: {lockout_tries: 2}\n", "no `door.end_sessions`")):
        with pytest.raises(HarnessError, match=said):
            target_of(tmp_path, CRIB + text).end_sessions("intruder", site_of(tmp_path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("door: {}\n", "door"),
        ("door: {lockout_tries: 1}\n", "door.lockout_tries: 1 is out of range; write at least 2"),
        (DOOR.replace("socket: api", "socket: ape"), "door.end_sessions.socket: there is no socket 'ape'"),
        (DOOR.replace("{account}", "{accounts}"), "door.end_sessions.path: "),
    ],
)
def test_a_door_that_makes_no_sense_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in line for line in refusal(tmp_path, CRIB + text))


def test_a_door_is_one_socket(tmp_path: Path) -> None:
    two = changed(("  api: {}\n", "  api: {}\n  reads: {}\n"), ("downlink: {to: api", "downlink: {to: reads"))
    said = "door: `uplink` and `downlink` lead to two sockets: a door can be tried only where both lead to one"
    assert any(said in line for line in refusal(tmp_path, two + DOOR))


def test_it_says_of_itself_what_its_file_says(tmp_path: Path) -> None:
    target = target_of(tmp_path)
    assert (target.name, target.runtime, target.simulated, target.nodes) == ("crib", "processes", False, ("crib",))
    assert target.links == (
        Link("uplink", "api", outer=True),
        Link("downlink", "api", outer=True),
        Link("crib→push", "push"),
        Link("last_mile", "push_links", outer=True),
    )
    assert target.reading_path == ("uplink", "crib", "downlink")
    assert [path.name for path in target.alert_paths] == ["hook"]
    assert [spec.channel for spec in target.channels] == ["webhook"]
    assert (target.speed_max, target.devices_max, target.status_socket) == (1.0, 500, None)
    assert target.version() == "1.2"
    assert target.lacks() == (
        "the node crib of crib is started by crib, and there is no such program: install it, or mend `command`",
    )
    assert target.folder == tmp_path / "crib"


def test_the_rules_that_need_what_it_does_not_have_are_not_judged(tmp_path: Path) -> None:
    assert [*target_of(tmp_path).unjudged] == ["shows_age", "keeps_out", "backlog", "status_published"]
    bare = (
        CRIB[: CRIB.index("alert_paths:")].replace("  crib->push: {to: push}\n", "").replace(", push: [crib->push]", "")
    )
    text = bare.replace('ALERT_URL: "http://{route.crib->push}/hook", ', "")
    unjudged = target_of(tmp_path, text).unjudged
    assert sorted(unjudged) == [
        "backlog",
        "keeps_out",
        "no_data_deadline",
        "no_false_alarm",
        "no_false_clear",
        "nothing_lost",
        "shows_age",
        "status_published",
    ]
    assert unjudged["no_data_deadline"] == "its target file names no alert path, so nobody knows when it alerts"
    page = changed(("probes:\n", "probes:\n  status: {socket: api, path: /up, incident: {/down: true}}\n"))
    told = target_of(tmp_path, page)
    assert ("status_published" in told.unjudged, told.status_socket) == (False, "api")
    assert told.status_request() == Request("/up", method="GET")


@pytest.mark.parametrize(
    ("body", "said"),
    [(b'{"down": true}', True), (b'{"down": false}', False), (b'{"down": 1}', False), (b"{}", None), (b"<html>", None)],
)
def test_an_incident_is_what_the_file_knows_it_by(tmp_path: Path, body: bytes, said: bool | None) -> None:
    target = target_of(tmp_path, changed(("probes:\n", "probes:\n  status: {socket: api, incident: {/down: true}}\n")))
    assert target.incident(Answer(200, body)) is said
    assert target.incident(Answer(500, body)) is None
    assert target_of(tmp_path).incident(Answer(200, body)) is None


def test_a_process_is_told_its_addresses_and_the_times_of_the_scenario_at_its_speed(tmp_path: Path) -> None:
    target = target_of(
        tmp_path, changed(("{no_data_after_s}", "{no_data_after_min} {poll_every_ms} {speed} {password}"))
    )
    start = target.start_of("crib", site_of(tmp_path, speed=2.0))
    assert start == ProcessStart(
        ("crib", "--port", "80"),
        {"ALERT_URL": "http://127.0.0.1:7002/hook", "NO_DATA_S": "2.5 15000 2 sesame"},
        tmp_path / "crib",
    )


def test_a_container_is_an_image_that_is_named_or_built(tmp_path: Path) -> None:
    named = with_node(
        '{image: "crib:1", command: [serve], cpus: 0.5, memory_mb: 64, mounts: [{source: "{data}", inside: /data}]}'
    )
    assert target_of(tmp_path, named).start_of("crib", site_of(tmp_path)) == ContainerStart(
        "crib:1", ("serve",), {}, {"api": 80}, (Mount(tmp_path / "data", "/data"),), 0.5, 64
    )
    built = target_of(tmp_path, with_node("{build: {folder: img, arguments: {A: '{folder}'}}}"))
    start = built.start_of("crib", site_of(tmp_path))
    folder = tmp_path / "crib"
    assert start == ContainerStart(ImageBuild(folder / "img", "Dockerfile", {"A": str(folder)}), ports={"api": 80})
    assert built.lacks() == (f"the node crib of crib is built by {folder}/img/Dockerfile, which is not there",)


def test_a_link_may_be_dialled_by_a_name_that_no_setting_changes(tmp_path: Path) -> None:
    text = with_node(
        '{image: "crib:1"}', ("  crib->push: {to: push}\n", "  crib->push: {to: push, alias: 'push:80'}\n")
    )
    assert target_of(tmp_path, text).links[2] == Link("crib→push", "push", alias="push:80")


def test_a_service_of_a_compose_file_is_named(tmp_path: Path) -> None:
    text = with_node("{service: web}", ("sockets:", "compose: {}\nsockets:"), runtime="compose")
    target = target_of(tmp_path, text)
    assert target.start_of("crib", site_of(tmp_path)) == ComposeStart("web", {"api": 80})
    (lack,) = target.lacks()
    assert lack.endswith("compose.yaml is not there, and crib is to be run by it: mend `compose.file`")
    assert target_of(tmp_path, text, **{"compose.yaml": ""}).lacks() == ()


def test_a_server_is_called_by_its_own_name(tmp_path: Path) -> None:
    text = changed(("  api: {}", "  api: {server: {host: staging.example.org, ca_file: ca.pem}}"))
    target = target_of(tmp_path, text)
    ca_file = tmp_path / "crib/ca.pem"
    assert target.servers == {"api": ServerName(host="staging.example.org", tls=True, ca_file=str(ca_file))}
    assert f"{ca_file} is not there, and the socket api is to be trusted by it" in target.lacks()
    assert target_of(tmp_path).servers == {}


def test_files_are_written_with_everything_put_in(tmp_path: Path) -> None:
    text = changed(("roles:", "files: {app.json: app.template}\ncapacities: {rows: '0', posts: none}\nroles:"))
    content = '{"port": {listen.api.port}, "rows": {capacity.rows}, "posts": "{capacity.posts}"}'
    target_of(tmp_path, text, **{"app.template": content}).build(site_of(tmp_path, speed=2.0))
    assert (tmp_path / "data/app.json").read_text() == '{"port": 80, "rows": 10, "posts": "none"}'


def test_variables_of_the_shell_are_handed_on_and_hashed_and_secrets_are_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = changed(("roles:", "environment: [IMAGE_TAG]\nsecrets: [DB_URL]\nroles:"), ("[crib, --port", "[sh, --port"))

    def made() -> Any:
        return target_of(tmp_path, text)

    for name in ("IMAGE_TAG", "DB_URL"):
        monkeypatch.delenv(name, raising=False)
    assert [said.partition(",")[0] for said in made().lacks()] == [
        "the variable IMAGE_TAG is not set",
        "the variable DB_URL is not set",
    ]
    monkeypatch.setenv("IMAGE_TAG", "v1")
    monkeypatch.setenv("DB_URL", "abc")
    assert made().lacks() == ("the secret DB_URL is shorter than 4 characters: no log could be kept free of it",)
    monkeypatch.setenv("DB_URL", "db://me:pass@here")
    target = made()
    assert target.lacks() == ()
    start = target.start_of("crib", site_of(tmp_path))
    assert (start.variables["IMAGE_TAG"], start.variables["DB_URL"]) == ("v1", "db://me:pass@here")
    assert target.handed_on().redacted("at db://me:pass@here with v1") == "at [DB_URL] with v1"
    before = subject_of(plan(target)).configuration_sha256
    monkeypatch.setenv("DB_URL", "another")
    assert subject_of(plan(made())).configuration_sha256 == before
    monkeypatch.setenv("IMAGE_TAG", "v2")
    assert subject_of(plan(made())).configuration_sha256 != before


SECRET = """secrets: [DB_URL]
roles:"""
OWN = """\
import os
from tests.unit.plain_target import OneByOne

class Own(OneByOne):
    def enroll(self, client, no_data_after_s):
        raise ValueError("not with " + os.environ["DB_URL"])
"""


def test_nothing_that_the_target_says_has_a_secret_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_URL", secret := 'db://"p%' + "p" * 150)
    told = "{command: [printenv, DB_URL]}"
    target = target_of(tmp_path / "a", changed(("roles:", SECRET), ('{text: "1.2"}', told)))
    assert target.version() == "[DB_URL]"
    text = changed(("roles:", SECRET), ('{text: "1.2"}', "{http: {socket: api, path: /v}}"))
    target, body = target_of(tmp_path / "b", text), f"<{'x' * 100}{json.dumps(secret)}".encode()
    assert target.running_version(site_of(tmp_path, answering(200, body))) == f'<{"x" * 100}"[DB_URL]"'
    with pytest.raises(HarnessError) as caught:
        target.stored(1, site_of(tmp_path, answering(500, body)))
    assert str(caught.value).endswith(f"""was answered 500: b'<{"x" * 100}"[DB_URL]"'""")
    text = changed(("roles:", SECRET), ("adapter: share", "adapter: ./own.py:Own"))
    with pytest.raises(HarnessError, match=r"raised ValueError: not with \[DB_URL\]"):
        enrolled(target_of(tmp_path / "c", text, **{"own.py": OWN}), tmp_path, [], answering(200, b""))


def plan(target: Any) -> RunPlan:
    text = PLAIN.replace("{name: reference}", "{name: crib}").replace("speed: 60", "speed: 1")
    return RunPlan.drawn(loads(text, "s.yaml", {"crib": target}), target)


def test_everybody_is_enrolled_by_what_the_adapter_says(tmp_path: Path) -> None:
    own = """\
from deadair.targets.adapters.adapter import Enrollment
from deadair.targets.adapters.share import ShareApi
from deadair.targets.request import Request


class Own(ShareApi):
    def enroll(self, client, no_data_after_s):
        return [Enrollment(Request(f"/new/{client.account}/{client.patient}/{client.token}/{no_data_after_s:g}"))]
"""
    seen: list[tuple[str, str]] = []

    def ask(socket: str, request: Request, limit_s: float) -> Answer:
        seen.append((socket, request.path))
        return Answer(201 if "gone" not in request.path else 409, b"taken")

    target = target_of(tmp_path, changed(("adapter: share", "adapter: ./own.py:Own")), **{"own.py": own})
    assert target.per_follow == {"no_data_after"}
    enrolled(target, tmp_path, ["load-1"], ask)
    assert seen == [
        ("api", "/new/device-1/device-1//0"),
        ("api", "/new/load-1/load-1//0"),
        ("api", "/new/phone-7/device-1/phone-token-7/300"),
    ]
    with pytest.raises(HarnessError) as caught:
        enrolled(target, tmp_path, ["gone"], ask)
    said = "the target does not take the account gone: POST /new/gone/gone//0 was answered 409: b'taken'"
    assert str(caught.value) == said


def test_an_adapter_that_names_a_socket_that_is_not_there_is_named(tmp_path: Path) -> None:
    own = """\
from deadair.targets.adapters.adapter import Enrollment
from deadair.targets.adapters.share import ShareApi
from deadair.targets.request import Request


class Own(ShareApi):
    def enroll(self, client, no_data_after_s):
        return [Enrollment(Request("/"), socket="app")]
"""
    assert not target_of(tmp_path / "share", CRIB).per_follow
    target = target_of(tmp_path, changed(("adapter: share", "adapter: ./own.py:Own")), **{"own.py": own})
    with pytest.raises(HarnessError) as caught:
        enrolled(target, tmp_path, [], answering(200, b""))
    said = "`enroll` of the adapter ./own.py:Own names the socket 'app', which the target does not have"
    assert str(caught.value) == f"{said}; did you mean `api`?"


def enrolled(target: Any, tmp_path: Path, extra: Sequence[str], ask: Any) -> None:
    target.enroll(ROSTER, extra, site_of(tmp_path, ask, speed=2.0), password="sesame")


def test_a_version_that_the_running_service_says_is_asked_once_it_runs(tmp_path: Path) -> None:
    text = changed(('{text: "1.2"}', "{http: {socket: api, path: /version}, pointer: /build}"))
    target = target_of(tmp_path, text)
    assert target.version() == "told by the running service"
    assert target.running_version(site_of(tmp_path, answering(200, b'{"build": 17}'))) == "17"
    assert target_of(tmp_path).running_version(site_of(tmp_path)) is None
    for status, body in ((500, b"{}"), (200, b"{}"), (200, b"<html>"), (200, b'{"build": [1]}')):
        with pytest.raises(HarnessError, match="GET /version, the version, was answered"):
            target.running_version(site_of(tmp_path, answering(status, body)))
