"""The nodes' worlds that tests of bad parts share with those of the good ones."""

from __future__ import annotations

from tests.reference.conftest import env, virtual

__all__ = ["env", "virtual"]
