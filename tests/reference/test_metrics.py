"""What a node measures of itself, as Prometheus reads it: every figure is named, and none is of one account."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from deadair.reference.alerts.alarms import NO_DATA, Alarms, Push
from deadair.reference.env import PeerAnswer
from deadair.reference.http.router import Router, reply
from deadair.reference.nodes.notifier import Notifier
from deadair.reference.nodes.watchdog import Watchdog
from deadair.reference.running.connection_limits import Hall
from deadair.reference.running.counts import LATE_S, OTHER, Counts
from deadair.reference.running.layout import LAYOUT
from deadair.reference.running.live import LiveEnv
from deadair.reference.running.metrics import FIGURES, NOTES, OF_ALL
from deadair.reference.running.metrics_page import MetricsPage
from deadair.reference.settings import Settings
from deadair.reference.wiring import NODES
from tests.reference.asgi import ask
from tests.reference.broken_disk import gone
from tests.reference.evidence_entries import entry, tell
from tests.reference.fake_env import FakeEnv
from tests.reference.virtual_env import VirtualEnv


@pytest.fixture
def env(tmp_path: Path) -> Iterator[LiveEnv]:
    env = LiveEnv(tmp_path, Settings())
    yield env
    asyncio.run(env.close())


def scraped(page: MetricsPage) -> dict[str, Any]:
    """Return every metric by name, as a Prometheus reads it."""
    app = page.beside(Router({}))
    answer = ask(app, "GET", "/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def value(found: dict[str, Any], name: str, **labels: str) -> float:
    (sample,) = [one for one in found[name].samples if one.labels == labels and not one.name.endswith("_created")]
    return float(sample.value)


@pytest.mark.parametrize("node", LAYOUT)
def test_every_figure_of_a_node_has_a_name_and_none_has_labels_that_people_fill(env: LiveEnv, node: str) -> None:
    made = NODES[node](env, Settings())
    assert {FIGURES[key].node for key in made.figures()} <= {node}
    found = scraped(MetricsPage(node, made, env, {}))
    own = {told.name for told in (*FIGURES.values(), *NOTES.values()) if told.node == node} - {
        "follow_follows",
        "follow_blind_follows",
        "follow_alarm_unwritten_seconds",
        "follow_unreachable_follows",
        "follow_unreachable_blind_follows",
        "follow_gone_phones",
    }  # fmt: skip - counted with the first heartbeat
    assert own | {told.name for told in OF_ALL} <= found.keys()
    assert "process_resident_memory_bytes" in found
    labels = {label for family in found.values() for sample in family.samples for label in sample.labels}
    assert labels <= {"what", "file", "socket", "route", "status", "le"}


def test_a_trouble_shows_as_not_ready_and_by_what_it_is(env: LiveEnv) -> None:
    node = NODES["processor"](env, Settings())
    page = MetricsPage("processor", node, env, {})
    assert value(scraped(page), "follow_ready") == 1
    env.report("storing", "database or disk is full", "make room")
    found = scraped(page)
    assert value(found, "follow_ready") == 0
    assert value(found, "follow_trouble", what="storing") == 1


def test_answers_are_counted_by_route_and_what_there_is_not_under_one_name(env: LiveEnv) -> None:
    async def well(_: object) -> Any:
        return reply({})

    router = Router({("POST", "/well"): well})
    app = env.counts.counted("gateway", router, router.paths)
    for method, path in (("POST", "/well"), ("POST", "/well"), ("GET", "/well"), ("GET", "/made-up")):
        ask(app, method, path)
    hall = Hall(connections_max=1, arrive_within_s=1.0, request_bytes_max=1)
    hall.refused[431] += 3
    found = scraped(MetricsPage("processor", NODES["processor"](env, Settings()), env, {"gateway": hall}))
    assert value(found, "follow_requests", socket="gateway", route="/well", status="200") == 2
    assert value(found, "follow_requests", socket="gateway", route="/well", status="405") == 1
    assert value(found, "follow_requests", socket="gateway", route=OTHER, status="404") == 1
    assert value(found, "follow_connections_refused", socket="gateway", status="431") == 3


def test_lateness_is_counted_in_buckets() -> None:
    counts = Counts()
    for late_s in (0.0, LATE_S[0], 0.3, 1000.0):
        counts.is_late(late_s)
    assert (counts.late[0], counts.late[LATE_S.index(0.5)], counts.late[-1]) == (2, 1, 1)
    assert counts.late_sum_s == pytest.approx(1000.305)


def test_what_a_node_did_is_counted(env: LiveEnv) -> None:
    for _ in range(3):
        env.note("stored", account=1, measured_s=1)
    found = scraped(MetricsPage("processor", NODES["processor"](env, Settings()), env, {}))
    assert value(found, "follow_readings_stored") == 3
    assert "follow_pushes_delivered" not in found


def test_a_watchdog_tells_who_is_blind_and_how_old_evidence_is(virtual: VirtualEnv) -> None:
    dog = Watchdog(virtual, Settings())
    virtual.start(dog.run())
    tell(dog, entry(follow=1, since_s=virtual.now()), entry(follow=2, since_s=1.0))
    virtual.wait(60)
    figures = dog.figures()
    assert (figures["follows"], figures["blind"]) == (2, 1)
    assert figures["evidence_age_s"] == pytest.approx(60)


def test_a_notifier_whose_provider_takes_nothing_is_not_ready_until_it_does(virtual: VirtualEnv) -> None:
    push = Push(1, 2, "token", 900_000.0, 0.0, virtual.now(), virtual.now() + 1800.0, NO_DATA)
    Alarms(virtual).save([], [push], [])
    settings = Settings()
    notifier = Notifier(virtual, settings)
    virtual.answers["notifier→push"] = None
    virtual.start(notifier.run())
    virtual.wait(settings.push_stuck_after_s)
    assert virtual.reported == []
    virtual.wait(settings.heartbeat_every_s)
    ((what, why),) = virtual.reported
    assert (what, why[:21]) == ("push provider", "no push has left for ")
    assert notifier.figures()["outbox"] == 1
    virtual.answers["notifier→push"] = 200
    virtual.wait(settings.push_retry_max_s + settings.heartbeat_every_s)
    assert virtual.reported[1:] == [("push provider", "")]
    assert notifier.figures()["outbox"] == 0


def test_an_outbox_that_cannot_be_read_is_no_word_about_the_provider(virtual: VirtualEnv) -> None:
    virtual.start(Notifier(virtual, Settings()).run())
    with gone(virtual.database("alarms")):
        virtual.wait(600)
    assert virtual.reported == []


def test_a_provider_that_nothing_was_for_is_no_trouble(virtual: VirtualEnv) -> None:
    virtual.answers["notifier→push"] = None
    virtual.start(Notifier(virtual, Settings()).run())
    virtual.wait(3600)
    assert virtual.reported == []


def test_what_one_phone_alone_refuses_is_no_trouble_of_the_providers(virtual: VirtualEnv) -> None:
    virtual.refusals = {b"token-1": PeerAnswer(400, b"{}")}
    virtual.start(Notifier(virtual, Settings()).run())
    for follow in (1, 2):
        push = Push(follow, 2, f"token-{follow}", 900_000.0, 0.0, virtual.now(), virtual.now() + 1e6, NO_DATA)
        Alarms(virtual).save([], [push], [])
        virtual.wait(10)
    virtual.wait(3600)
    assert virtual.reported == []


def test_a_fake_world_has_what_is_asked_of_a_real_one(env: LiveEnv) -> None:
    """Nodes report troubles of their own in both."""
    fake = FakeEnv()
    for one in (fake, env):
        one.report("storing", "why")
    assert fake.reported == [("storing", "why")]
    assert env.trouble() == "storing: why"
    fake.close()
