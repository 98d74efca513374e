"""Texts of target files, how they are changed, and what reading one comes to."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.model.errors import ScenarioError
from deadair.model.verdict import Exit
from deadair.targets.described.target_yaml import FILE, ReadTarget, read_target

CRIB = """\
name: crib
why: The smallest service that alerts somebody.
version: {text: "1.2"}
adapter: share
sockets:
  api: {}
nodes:
  crib:
    start: {command: [crib, --port, "{listen.api.port}"]}
    variables: {ALERT_URL: "http://{route.crib->push}/hook", NO_DATA_S: "{no_data_after_s}"}
    ready: {http: {socket: api, path: /health}}
links:
  uplink: {to: api, outer: true}
  downlink: {to: api, outer: true}
  crib->push: {to: push}
roles: {alerting: [crib], push: [crib->push]}
alert_paths:
  - {name: hook, channel: webhook, from: crib, patient: /child, alarm: {/kind: gone, /loud: true}, clear: {/kind: back}}
probes:
  stored: {http: {socket: api, path: "/readings?of={account}"}, items: /readings}
"""


def folder_of(tmp_path: Path, text: str = CRIB, **files: str) -> Path:
    folder = tmp_path / "crib"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FILE).write_text(text, encoding="utf-8")
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def read_text(tmp_path: Path, text: str = CRIB, **files: str) -> ReadTarget:
    return read_target(folder_of(tmp_path, text, **files))


def refusal(tmp_path: Path, text: str, **files: str) -> list[str]:
    folder = folder_of(tmp_path, text, **files)
    with pytest.raises(ScenarioError) as caught:
        read_target(folder)
    assert caught.value.exit == Exit.USAGE
    return [line.replace(f"{folder}/", "") for line in str(caught.value).splitlines()]


def changed(*pairs: tuple[str, str], text: str = CRIB) -> str:
    for old, new in pairs:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text
