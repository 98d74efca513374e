"""What the processes of the fleet are told besides roster and environment: one small file of the run folder.

The engine writes it from the scenario, which this layer may not know.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deadair.fleet.devices.device import Glucose
from deadair.fleet.devices.device_life import Habit
from deadair.fleet.devices.uploader_profile import ProfileName
from deadair.model.errors import HarnessError
from deadair.model.run_folder import RunFolder
from deadair.targets.alerts.channel_spec import ChannelSpec


class _PlanPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LoadPlan(_PlanPart):
    """One backlog or overload fault. All durations and rates are real-life."""

    fault_id: str
    kind: Literal["backlog", "overload"]
    where: str
    """The place, as the scenario writes it."""
    amount: float = Field(gt=0)
    """Readings of a backlog; ``times`` of an overload."""
    lasts_us: int = Field(gt=0)
    base_requests_per_s: float = Field(ge=0)
    """What the fleet's own devices and phones send; an overload sends ``amount`` times as much."""
    accounts: tuple[str, ...] = Field(min_length=1)


class LivesPlan(_PlanPart):
    """What shares of the devices do, from when to when, real-life time from the fleet's beginning."""

    shares: dict[Habit, float] = {}
    from_us: int = Field(default=0, ge=0)
    until_us: int = Field(default=0, ge=0)


class FleetPlan(_PlanPart):
    """What devices, phones and load processes are to do."""

    format: int = 1
    target: str
    """Its name."""
    target_folder: Path | None = None
    """Where its target file lies; none: it is built in, or of an installed package."""
    target_sha256: str = ""
    """Of what the file said when the run was planned."""
    defects: tuple[str, ...] = ()
    speed: float = Field(gt=0)
    seed: int
    reading_every_us: int = Field(gt=0)
    poll_every_us: int = Field(gt=0)
    device_profile: ProfileName = "usual"
    glucose: Glucose = "usual"
    lives: LivesPlan = LivesPlan()
    limit_us: int = Field(gt=0)
    """L, for the live count of those alerted and those late; the verdict is made from the history."""
    load: tuple[LoadPlan, ...] = ()
    channels: tuple[ChannelSpec, ...]
    """The target's: those that the push gateway opens."""

    def load_of(self, fault_id: str) -> LoadPlan:
        """Return one load fault's plan. Raises HarnessError if there is none of that id."""
        for load in self.load:
            if load.fault_id == fault_id:
                return load
        raise HarnessError(f"the fleet's plan has no load fault {fault_id}: the engine has to write it there")


def plan_path(folder: RunFolder) -> Path:
    """Return where the plan lies."""
    return folder.root / "control" / "fleet-plan.json"


def write_plan(folder: RunFolder, plan: FleetPlan) -> None:
    """Write the plan, before any process of the fleet starts. Raises OSError if the disk refuses."""
    path = plan_path(folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(plan.model_dump_json(indent=1), "utf-8")


def read_plan(folder: RunFolder) -> FleetPlan:
    """Read the plan. Raises HarnessError if it is missing or not a plan."""
    path = plan_path(folder)
    try:
        return FleetPlan.model_validate_json(path.read_text("utf-8"))
    except OSError as error:
        raise HarnessError(f"{path} cannot be read ({error.strerror}): it must be written first") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise HarnessError(f"{path} is not a fleet plan: {field}: {first['msg']}") from error
