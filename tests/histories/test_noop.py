"""The rule that asks for nothing judges nothing, so it can make no run green."""

from __future__ import annotations

import pytest

from deadair.rules.noop import Noop
from tests.histories.ops import alarm, counts, evidence, reads


@pytest.mark.clause("O1")
def test_it_is_unknown_whatever_happened() -> None:
    assert counts(Noop().judge(evidence())) == ("unknown", 0, 0, 0, 0)
    assert counts(Noop().judge(evidence(reads(0, 5, 10)))) == ("unknown", 0, 0, 0, 0)
    assert counts(Noop().judge(evidence(reads(0, 5), alarm(6)))) == ("unknown", 0, 0, 0, 0)
