"""Copies of the repository, for tests that change it or build it, and Python called in one of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
LIMIT_S = 120


def copy_of_the_repository(root: Path) -> Path:
    """Copy every file that git has or would take; a link stays one."""
    listed = subprocess.run(
        ["/usr/bin/env", "git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=30,
    ).stdout.splitlines()  # fmt: skip
    for name in listed:
        source, copied = REPOSITORY / name, root / name
        if source.is_symlink() or source.is_file():
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copied, follow_symlinks=False)
    return root


def environment(package: Path) -> dict[str, str]:
    """Return what a process needs to use the package in this folder, and nothing else of ours."""
    return {"PYTHONPATH": str(package), "PATH": os.defpath, "PYTHON": sys.executable}


def called(package: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run Python in a folder, on the package in another."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder, capture_output=True, text=True, timeout=LIMIT_S, check=False, env=environment(package),
    )  # fmt: skip
