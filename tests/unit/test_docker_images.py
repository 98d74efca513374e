"""Each stage of an image that is built here is known by a label, whatever its Dockerfile looks like."""

from __future__ import annotations

import pytest

from deadair.runtimes.docker_images import labelled

LABEL = "LABEL deadair.image=yes"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM scratch\nCOPY a /a", ["FROM scratch", LABEL, "COPY a /a"]),
        ("# syntax=x\nfrom a AS b\nFROM c", ["# syntax=x", "from a AS b", LABEL, "FROM c", LABEL]),
        ("FROM \\\n  a \\\n  AS b\nRUN c", ["FROM \\", "  a \\", "  AS b", LABEL, "RUN c"]),
        ("FROM a\nRUN sql 'select 1 \\\n  FROM b'", ["FROM a", LABEL, "RUN sql 'select 1 \\", "  FROM b'"]),
        ("ARG FROM_THERE=1\nCOPY --from=b /a /a", ["ARG FROM_THERE=1", "COPY --from=b /a /a"]),
        ("", []),
    ],
)
def test_a_stage_begins_with_our_label(text: str, expected: list[str]) -> None:
    assert labelled(text).splitlines() == expected or (expected == [] and labelled(text) == "\n")
