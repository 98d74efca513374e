"""The failing run that the README shows is what that command prints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from deadair.model.verdict import Exit

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
MAIN = "import sys; from deadair.cli import main; sys.exit(main())"
LEFT_OUT = "  …"


def test_the_failing_run_in_the_readme_is_a_real_one(tmp_path: Path) -> None:
    shown = re.search(r"^\$ deadair (run .+)\n((?:.*\n)+?)\$ echo \$\?\n(\d)$", README, re.MULTILINE)
    assert shown is not None
    arguments = [*shlex.split(shown[1]), "--reports", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", MAIN, *arguments],
        cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY / "harness")},
    )  # fmt: skip
    assert done.returncode == int(shown[3]) == Exit.VIOLATED
    parts = shown[2].split(f"{LEFT_OUT}\n")
    assert len(parts) == 2
    assert done.stdout.startswith(parts[0])
    assert parts[1] in done.stdout
