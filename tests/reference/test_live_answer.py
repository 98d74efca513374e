"""What a node takes from another's answer."""

from __future__ import annotations

import pytest

from harness.reference.live import _seconds


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("30", 30.0), ("0", 0.0), ("", None), ("-1", None), ("1e9", None), ("9" * 400, None), ("²", None),
     ("Wed, 21 Oct 2015 07:28:00 GMT", None)],
)  # fmt: skip
def test_a_wish_to_be_left_alone_is_read_and_nonsense_is_none(retry_after: str, seconds: float | None) -> None:
    assert _seconds(retry_after) == seconds
