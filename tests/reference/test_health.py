"""A process that answers is alive; one that can do its work is ready."""

from __future__ import annotations

import pytest

from harness.reference.layout import LAYOUT
from harness.reference.settings import Settings
from harness.reference.wiring import NODES
from tests.reference.asgi import ask
from tests.reference.fake_env import FakeEnv


@pytest.mark.parametrize("node", LAYOUT)
def test_every_node_says_that_it_lives_and_that_it_is_ready(env: FakeEnv, node: str) -> None:
    app = NODES[node](env, Settings()).apps[node]
    assert ask(app, "GET", "/livez").json() == {"node": node, "alive": True}
    for path in ("/readyz", "/healthz"):
        assert ask(app, "GET", path).json() == {"node": node, "ready": True}


@pytest.mark.parametrize("node", LAYOUT)
def test_a_node_in_trouble_lives_and_is_not_ready(env: FakeEnv, node: str) -> None:
    app = NODES[node](env, Settings()).apps[node]
    env.why_not_ready = "the database cannot be read"
    assert ask(app, "GET", "/livez").status_code == 200
    for path in ("/readyz", "/healthz"):
        answer = ask(app, "GET", path)
        assert (answer.status_code, answer.json()["why"]) == (503, "the database cannot be read")
