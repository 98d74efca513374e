"""A real run that is killed while it sets up leaves nothing behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from deadair.injectors.processes import find
from deadair.judging.judge import judge
from deadair.model.clock import Deadline, pause
from deadair.model.environment import Environment
from deadair.model.verdict import Verdict
from deadair.rescue import heal
from tests.e2e.live_runner import runner, wait_for

LEFT_LIMIT_S = 3.0


@pytest.mark.parametrize("moment", ["runner", "guardian", "toxiproxy", "gateway", "fleet"])
def test_a_runner_killed_while_it_sets_up_leaves_nothing(tmp_path: Path, moment: str) -> None:
    with runner(tmp_path) as process:
        folder = wait_for(tmp_path, moment)
        process.kill()
        process.wait()
        limit = Deadline.after(LEFT_LIMIT_S)
        run_id = Environment.model_validate_json(folder.environment.read_text()).run_id
        while (left := find(run_id)) and not limit.passed():
            pause(0.02)
    assert left == ()
    heal(tmp_path)
    assert heal(tmp_path).lines == ("nothing is left to heal",)
    assert judge(folder).verdict is not Verdict.PASS
