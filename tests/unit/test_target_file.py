"""A target file is read into values; what cannot be meant is refused with its place and what to write."""

# ruff: noqa: E501 - refusals read better on one line

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from deadair.documents.document_file import BYTES_MAX
from deadair.model.errors import ScenarioError
from deadair.targets.described.schema import target_schema
from deadair.targets.described.target_yaml import FILE, read_target
from tests.unit.target_texts import CRIB, changed, folder_of, read_text, refusal

NODE = """  crib:
    start: {command: [crib, --port, "{listen.api.port}"]}
"""
LINK = "  crib->push: {to: push}\n"


def test_a_target_file_is_read_into_values(tmp_path: Path) -> None:
    read = read_text(tmp_path)
    file = read.file
    assert (file.name, file.runtime, file.speed_max, file.devices_max) == ("crib", "processes", 1.0, 500)
    assert [*file.links] == ["uplink", "downlink", "crib→push"]
    assert file.roles == {"alerting": ("crib",), "push": ("crib→push",)}
    (path,) = file.alert_paths
    assert (path.channel, path.sender, path.alarm) == ("webhook", "crib", {"/kind": "gone", "/loud": True})
    assert read.folder == tmp_path / "crib"


def test_its_hash_is_of_everything_that_was_read(tmp_path: Path) -> None:
    text = changed(("roles:", "files: {app.ini: app.template}\nroles:"))
    first = read_text(tmp_path, text, **{"app.template": "port={listen.api.port}"})
    again = read_text(tmp_path, text, **{"app.template": "port={listen.api.port}"})
    other = read_text(tmp_path, text, **{"app.template": "port = {listen.api.port}"})
    assert first.templates == {"app.ini": "port={listen.api.port}"}
    assert first.sha256 == again.sha256 != other.sha256 != read_text(tmp_path).sha256


def test_an_adapter_of_ones_own_is_part_of_the_hash(tmp_path: Path) -> None:
    text = changed(("adapter: share", "adapter: ./own.py:Own"))
    without, first = read_text(tmp_path, text).sha256, read_text(tmp_path, text, **{"own.py": "class Own: ..."}).sha256
    assert without != first != read_text(tmp_path, text, **{"own.py": "class Own:  ..."}).sha256


HTTP = """\
adapter: http
http:
  upload: {path: /up, body: [{of: "{account}", all: "{readings}"}, [1, true]], reading: ["{measured_s}", "{value_mg_dl}"]}
  poll: {path: /down, measured: /0, value: /1}
"""


def test_requests_as_data_may_hold_lists_and_truth_values(tmp_path: Path) -> None:
    http = read_text(tmp_path, changed(("adapter: share\n", HTTP))).file.http
    assert http is not None
    assert http.upload.body == [{"of": "{account}", "all": "{readings}"}, [1, True]]
    assert http.upload.reading == ["{measured_s}", "{value_mg_dl}"]


def test_a_name_in_a_request_is_refused_where_it_stands(tmp_path: Path) -> None:
    (line,) = refusal(tmp_path, changed(("adapter: share\n", HTTP.replace('{of: "{account}', '{of: "{acount}'))))
    assert line.startswith("target.yaml:6:35: http.upload.body[0].of: there is nothing to put in for {acount}")
    (line,) = refusal(tmp_path, changed(("adapter: share\n", "adapter: http\n")))
    assert line.startswith("target.yaml:4:10: adapter: `http` is missing")
    (line,) = refusal(tmp_path, changed(("adapter: share\n", "adapter: shar\n")))
    assert "there is no adapter 'shar'" in line and "did you mean `share`?" in line
    (line,) = refusal(tmp_path, changed(("adapter: share\n", HTTP.replace("adapter: http", "adapter: share"))))
    assert line == "target.yaml:5:1: http: `http` goes with `adapter: http` alone"


def test_a_log_in_of_one_request_may_stand_alone(tmp_path: Path) -> None:
    login = '  login: {path: /in, session: /token, body: {who: "{account}", hint: null}}\n'
    text = changed(("adapter: share\n", HTTP + login))
    http = read_text(tmp_path, text).file.http
    assert http is not None and http.login is not None
    (step,) = http.login
    assert (step.path, step.body) == ("/in", {"who": "{account}", "hint": None})
    assert [
        line.partition(": ")[2] for line in refusal(tmp_path, text.replace('{account}", hint', '{acount}", hint'))
    ] == [
        "http.login[0].body.who: there is nothing to put in for {acount} ({{…}} is the text itself); did you mean `account`?"
    ]
    (line,) = refusal(tmp_path, text.replace("session: /token", "sesion: /token"))
    assert line == "target.yaml:8:22: http.login[0].sesion: unknown key; did you mean `session`?"


def test_one_alarm_may_be_everybody_s_where_there_is_one_patient(tmp_path: Path) -> None:
    text = changed(("patient: /child, ", ""), ("roles:", "devices_max: 1\nroles:"))
    assert read_text(tmp_path, text).file.alert_paths[0].patient is None
    notice = changed(("patient: /child, alarm: {/kind: gone, /loud: true}", "notice: {/kind: down}"))
    assert read_text(tmp_path / "notice", notice).file.alert_paths[0].alarm is None


def test_null_is_a_value_in_json_alone(tmp_path: Path) -> None:
    file = read_text(tmp_path, changed(("/kind: back", "/kind: back, /stale: null"))).file
    assert file.alert_paths[0].clear == {"/kind": "back", "/stale": None}
    nothing = "nothing is written here; write a value"
    assert refusal(tmp_path / "a", changed(("/kind: back", "/kind: back, /stale: ")))[0].endswith(nothing)
    assert refusal(tmp_path / "b", changed(("clear: {/kind: back}", "clear: null")))[0].endswith(nothing)


REFUSED = [
    # what strict YAML refuses, as of scenarios
    (changed(("name: crib", "nam: crib")), "target.yaml:1:1: nam: unknown key; did you mean `name`?"),
    (changed(("name: crib", "name: Crib")), "target.yaml:1:7: name: 'Crib' cannot be a name; write small letters, digits and hyphens"),
    (changed(("name: crib", "name: any")), "target.yaml:1:7: name: 'any' cannot name a target"),
    (changed(('version: {text: "1.2"}', "version: {}")), "target.yaml:3:10: version: write exactly one of `text`, `command`, `http`; there is none"),
    (changed(('{text: "1.2"}', '{text: "1.2", command: [v]}')), "target.yaml:3:10: version: write exactly one of `text`, `command`, `http`; there are 2"),
    (changed(("adapter: share\n", "")), "target.yaml:1:1: target: `adapter` is missing; add it"),
    (changed(("outer: true}\n  downlink", "outer: yes}\n  downlink")), "target.yaml:13:28: links.uplink.outer: YAML readers take a bare yes for a truth value"),
    (changed(("outer: true}\n  downlink", 'outer: "true"}\n  downlink')), "target.yaml:13:28: links.uplink.outer: 'true' is not what belongs here; write true or false, without quotes"),
    (changed(("  api: {}", "  api: {}\n  api: {}")), "target.yaml:7:3: sockets.api: said twice; line 6 has it already"),
    (changed(("  api: {}", "  API: {}")), "target.yaml:6:3: sockets.API: 'API' cannot be a name"),
    (changed(("to: push}", "to: }")), "target.yaml:15:16: links.crib->push.to: nothing is written here"),
    # parts told apart by a word
    (changed(("channel: webhook, ", "")), "target.yaml:18:5: alert_paths[0]: `channel` is missing; add it"),
    (changed(("channel: webhook", "channel: webhok")), "target.yaml:18:27: alert_paths[0].channel: unknown channel 'webhok'; did you mean `webhook`?"),
    (changed(("from: crib", "sender: crib")), "target.yaml:18:36: alert_paths[0].sender: unknown key"),
    (changed(("patient: /child", "patient: child")), "target.yaml:18:57: alert_paths[0].patient.at: a JSON pointer begins with `/`"),
    (changed(("patient: /child", "patient: {at: /child, match: x}")), "target.yaml:18:70: alert_paths[0].patient.match: unknown key; did you mean `matches`?"),
    (changed(("/kind: gone", "/kind: {match: gone}")), "target.yaml:18:81: alert_paths[0].alarm./kind.match: unknown key; did you mean `matches`?"),
    (changed(("alarm: {/kind: gone, /loud: true}, ", "")), "target.yaml:18:5: alert_paths[0]: say by what an `alarm` or a `notice` is recognized"),
    # what does not fit together
    (changed(("to: api, outer: true}\n  downlink", "to: app, outer: true}\n  downlink")), "target.yaml:13:16: links.uplink.to: there is no socket 'app'; did you mean `api`?"),
    (changed(("  uplink: {to: api, outer: true}\n", "")), "target.yaml:13:3: links: `uplink` is missing: the link over which devices upload; add it"),
    (changed(("uplink: {to: api, outer: true}", "uplink: {to: api}")), "target.yaml:13:11: links.uplink: devices and phones dial it: write `outer: true`"),
    (changed((LINK, LINK + "  last_mile: {to: api, outer: true}\n")), "target.yaml:16:3: links.last_mile: it is always there, as it is: leave it out"),
    (changed((LINK, "")), "target.yaml:13:3: links: nothing leads to `push`, where webhook messages go: add `crib→push: {to: push}`"),
    (changed((LINK, LINK + "  crib→api: {to: api, alias: db}\n")), "target.yaml:16:23: links.crib→api.alias: `alias` goes with links between containers"),
    (changed((LINK, LINK + "  crib→api: {to: api, alias: DB}\n")), "target.yaml:16:30: links.crib→api.alias: 'DB' cannot be a name"),
    (changed((LINK, LINK + "  crib: {to: push}\n")), "target.yaml:16:3: links.crib: there is a node of this name"),
    (changed((LINK, LINK + "  crib→api: {to: api}\n")), "target.yaml:16:3: links.crib→api: nothing is told of this link: put `{route.crib→api}` where"),
    (changed(("  api: {}", "  api: {}\n  push: {}")), "target.yaml:7:3: sockets.push: `push` is a name of the harness's own"),
    (changed(("  api: {}", "  api: {port: 80}")), "target.yaml:6:9: sockets.api.port: a process is told a free port of each run"),
    (changed(("  api: {}", "  api: {node: cribs}")), "target.yaml:6:15: sockets.api.node: there is no node 'cribs'; did you mean `crib`?"),
    (changed(("  api: {}", "  api: {}\n  admin: {}")), "target.yaml:7:3: sockets.admin: nothing is told of this socket"),
    (changed((NODE, NODE.replace("crib:", "cot:", 1) + NODE)), "target.yaml:6:8: sockets.api: there are 2 nodes: say which serves it, `node: NAME`"),
    (changed((NODE, "  crib:\n    start: {image: crib}\n")), "target.yaml:9:13: nodes.crib.start.image: `image` goes with the runtime `docker`, not with `processes`"),
    (changed((NODE, "  crib:\n    start: {}\n")), "target.yaml:9:12: nodes.crib.start: `command` is missing: the program and its arguments; add it"),
    (changed(("adapter:", "compose: {}\nadapter:")), "target.yaml:4:10: compose: `compose` goes with `runtime: compose` alone"),
    (changed(("adapter:", "runtime: docker\nadapter:")), "target.yaml:10:12: nodes.crib.start: write either `image` or `build`"),
    (changed(("adapter:", "runtime: compose\nadapter:")), "target.yaml:10:12: nodes.crib.start: `service` is missing"),
    (changed(("adapter:", "runtime: attached\nadapter:")), "target.yaml:9:3: nodes: what is attached runs already"),
    (changed(("roles: {alerting: [crib]", "roles: {alerting: [crip]")), "target.yaml:16:20: roles.alerting[0]: there is no node and no link 'crip'; did you mean `crib`?"),
    (changed(("roles: {alerting: [crib]", "roles: {alerting: []")), "target.yaml:16:19: roles.alerting: there is no place in it"),
    (changed(("roles:", "reading_path: [uplink, cribs, downlink]\nroles:")), "target.yaml:16:24: reading_path[1]: there is no node and no link 'cribs'"),
    (changed(("from: crib", "from: crip")), "target.yaml:18:42: alert_paths[0].from: there is no node 'crip'; did you mean `crib`?"),
    (changed(("socket: api, path: /health", "socket: ap, path: /health")), "target.yaml:11:28: nodes.crib.ready.http.socket: there is no socket 'ap'; did you mean `api`?"),
    (changed(('socket: api, path: "/readings', 'socket: ap, path: "/readings')), "target.yaml:20:27: probes.stored.http.socket: there is no socket 'ap'"),
    (changed(("roles:", "environment: [PATH]\nroles:")), "target.yaml:16:15: environment[0]: 'PATH' is not handed on: the harness itself runs by it"),
    (changed(("roles:", "environment: [KEY]\nsecrets: [KEY]\nroles:")), "target.yaml:17:11: secrets[0]: 'KEY' is said twice; keep one"),
    (changed(("roles:", "needs: [nightscot]\nroles:")), "target.yaml:16:9: needs[0]: there is no provision 'nightscot'; did you mean `nightscout`?"),
    (changed(("patient: /child, ", "")), "target.yaml:18:5: alert_paths[0]: one alarm would be everybody's: say where it names its `follower` or its `patient`"),
    (changed(("alarm: {/kind: gone, /loud: true}", "alarm: {/kind: back}")), "target.yaml:18:72: alert_paths[0].alarm: every all-clear is an alarm by this"),
    (changed(("alarm: {/kind: gone, /loud: true}", "alarm: {/kind: [gone, back]}")), "target.yaml:18:72: alert_paths[0].alarm: every all-clear is an alarm by this"),
    # names in braces
    (changed(("{listen.api.port}", "{listen.app.port}")), "target.yaml:9:37: nodes.crib.start.command[2]: there is nothing to put in for {listen.app.port} ({{…}} is the text itself); did you mean `listen.api.port`?"),
    (changed(("{no_data_after_s}", "{no_data_s}")), "target.yaml:10:73: nodes.crib.variables.NO_DATA_S: there is nothing to put in for {no_data_s} ({{…}} is the text itself); did you mean `no_data_after_s`?"),
    (changed(("{account}", "{patient}")), "target.yaml:20:38: probes.stored.http.path: there is nothing to put in for {patient}"),
    (changed(("path: /health", 'path: "/health/{account}"')), "target.yaml:11:39: nodes.crib.ready.http.path: there is nothing to put in for {account}"),
    (changed(('{text: "1.2"}', '{command: [crib, "{data}"]}')), "target.yaml:3:27: version.command[1]: there is nothing to put in for {data}"),
    # what is fetched, and what the shell does not say
    (changed(("sockets:\n", 'defaults: {TAG: "1"}\nsockets:\n')), "target.yaml:5:12: defaults.TAG: 'TAG' is no variable of `environment`"),
    (changed(("start: {command", 'start: {folder: "{needs.x.service}", command')), "target.yaml:9:21: nodes.crib.start.folder: there is nothing to put in for {needs.x.service}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), REFUSED)
def test_refused_with_its_place_and_what_to_write(tmp_path: Path, text: str, expected: str) -> None:
    lines = refusal(tmp_path, text)
    assert any(line.startswith(expected) for line in lines), "\n".join(lines)


def test_a_file_is_read_as_a_scenario_is_regular_short_and_strict(tmp_path: Path) -> None:
    folder = folder_of(tmp_path, CRIB + "# " + "x" * BYTES_MAX)
    with pytest.raises(ScenarioError, match="no target is that long; split it"):
        read_target(folder)
    (folder / FILE).unlink()
    with pytest.raises(ScenarioError, match=r"it cannot be read \(No such file or directory\)"):
        read_target(folder)
    os.mkfifo(folder / FILE)
    with pytest.raises(ScenarioError, match="this is a pipe"):
        read_target(folder)
    assert refusal(tmp_path / "other", "- a list") == [
        "target.yaml:1:1: file: this is not a target; start with `name: …`"
    ]
    assert refusal(tmp_path / "more", "name: &a crib")[0].startswith("target.yaml:1:7: file: anchors")


def test_a_template_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (line,) = refusal(tmp_path, changed(("roles:", "files: {app.ini: app.template}\nroles:")))
    assert line == "app.template:1:1: file: it cannot be read (No such file or directory); check the path"
    text = changed(("roles:", "files: {app.ini: app.template}\nroles:"))
    (line,) = refusal(tmp_path, text, **{"app.template": "who = {nobody}"})
    assert line.startswith("target.yaml:16:18: files.app.ini: there is nothing to put in for {nobody}")


def test_the_schema_knows_every_part_and_takes_no_unknown_key() -> None:
    made = target_schema()
    assert made["title"] == "Dead Air target"
    assert made["additionalProperties"] is False
    assert made["properties"]["detection_budget"]["default"] == "30s"
    assert all(part.get("additionalProperties") is False for part in made["$defs"].values() if "properties" in part)
    assert "channel" in made["$defs"]["WebhookPath"]["required"]
    assert json.loads(json.dumps(made)) == made
