"""What the tests of the reference service share."""

from collections.abc import Iterator

import pytest

from tests.reference.fake_env import FakeEnv


@pytest.fixture
def env() -> Iterator[FakeEnv]:
    env = FakeEnv()
    yield env
    env.close()
