"""The image gets what a run needs, and nothing of what development needs."""

from __future__ import annotations

import runpy
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
LOCK = """
# by hand
app==1.0 \\
    --hash=sha256:aa
    # via deadair (pyproject.toml)
base-part==2.0 \\
    --hash=sha256:bb
    # via
    #   app
    #   tester
tester==3.0 \\
    --hash=sha256:cc
    # via deadair (pyproject.toml)
toys==4.0 \\
    --hash=sha256:dd
    # via tester
"""
SCRIPT = runpy.run_path(str(REPOSITORY / "docker/run_requirements.py"))


def test_a_package_is_needed_if_a_needed_one_asked_for_it() -> None:
    blocks = SCRIPT["pinned"](LOCK)
    assert set(blocks) == {"app", "base-part", "tester", "toys"}
    assert SCRIPT["needed"](blocks, {"app"}) == {"app", "base-part"}
    assert SCRIPT["canonical"]("Base_Part>=2; python_version>'3'") == "base-part"


def test_the_real_lock_file_gives_an_image_no_tools_of_development() -> None:
    blocks = SCRIPT["pinned"]((REPOSITORY / "requirements.lock").read_text("utf-8"))
    found = SCRIPT["needed"](blocks, {"aiohttp", "docker", "locust"})
    assert {"aiohttp", "yarl", "docker", "requests", "gevent"} <= found
    assert not found & {"mypy", "ruff", "playwright", "pip-tools", "hypothesis"}
