"""The one list of faults."""

from __future__ import annotations

from harness.faults.backlog import Backlog
from harness.faults.fault import Fault
from harness.faults.kill import Kill
from harness.faults.overload import Overload
from harness.faults.partition import Partition
from harness.faults.pause import Pause
from harness.faults.refuse import Refuse

FAULTS: tuple[type[Fault], ...] = (Backlog, Kill, Overload, Partition, Pause, Refuse)
