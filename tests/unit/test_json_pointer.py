"""JSON pointers: what stands where, and nothing where nothing does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deadair.model.json_pointer import MISSING, checked, find

DOCUMENT = {"a": [{"b": 1}, None], "": 2, "x/y": 3, "m~n": 4, "0": 5, "no": None}


@pytest.mark.parametrize(("pointer", "found"), [
    ("", DOCUMENT), ("/a/0/b", 1), ("/a/1", None), ("/", 2), ("/x~1y", 3), ("/m~0n", 4), ("/0", 5), ("/no", None),
])  # fmt: skip
def test_what_stands_at_a_pointer_is_found(pointer: str, found: Any) -> None:
    assert find(DOCUMENT, pointer) == found


@pytest.mark.parametrize(
    "pointer", ["/b", "/a/2", "/a/-1", "/a/-", "/a/x", "/a/²", "/no/more", "/0/more", "/a/" + "9" * 5000]
)
def test_where_nothing_stands_nothing_is_found(pointer: str) -> None:
    assert find(DOCUMENT, pointer) is MISSING


def test_what_is_no_pointer_is_refused() -> None:
    assert checked("/a") == "/a"
    with pytest.raises(ValueError, match="begins with `/`"):
        checked("a/b")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.text(),
)
def test_no_document_makes_it_raise(document: Any, word: str) -> None:
    find(document, "/" + word)
    if isinstance(document, dict):
        for key, value in document.items():
            escaped = key.replace("~", "~0").replace("/", "~1")
            assert json.dumps(find(document, f"/{escaped}")) == json.dumps(value)
