"""What the tests of the reference service share."""

from collections.abc import Iterator

import pytest

from tests.reference.fake_env import FakeEnv
from tests.reference.service import Service
from tests.reference.virtual_env import VirtualEnv


@pytest.fixture
def env() -> Iterator[FakeEnv]:
    env = FakeEnv()
    yield env
    env.close()


@pytest.fixture
def virtual() -> Iterator[VirtualEnv]:
    env = VirtualEnv()
    yield env
    env.close()


@pytest.fixture
def service(env: FakeEnv) -> Service:
    return Service(env)
