"""The one list of faults."""

from __future__ import annotations

from deadair.faults.backlog import Backlog
from deadair.faults.fault import Fault
from deadair.faults.kill import Kill
from deadair.faults.latency import Latency
from deadair.faults.noop import Noop
from deadair.faults.overload import Overload
from deadair.faults.partition import Partition
from deadair.faults.pause import Pause
from deadair.faults.push_delay import PushDelay
from deadair.faults.push_drop import PushDrop
from deadair.faults.push_duplicate import PushDuplicate
from deadair.faults.refuse import Refuse

FAULTS: tuple[type[Fault], ...] = (
    Backlog,
    Kill,
    Latency,
    Noop,
    Overload,
    Partition,
    Pause,
    PushDelay,
    PushDrop,
    PushDuplicate,
    Refuse,
)
