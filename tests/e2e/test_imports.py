"""What a command loads before it needs it: each look is a process of its own."""

from __future__ import annotations

import subprocess
import sys


def test_help_imports_nothing_heavy() -> None:
    script = "import sys; from deadair.cli import command; command(['--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)
    heavy = {"pydantic", "polars", "pyarrow", "altair", "locust", "ruamel.yaml", "rich", "httpx", "jinja2"}
    assert heavy.isdisjoint(done.stdout.split())


def test_nobody_pays_for_charts_before_one_is_drawn() -> None:
    code = (
        "import sys, deadair.reporting.report_files, deadair.reporting.terminal_summary\n"
        "import deadair.reporting.live_progress\n"
        "print(sorted({'altair', 'vl_convert', 'jinja2', 'polars'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
