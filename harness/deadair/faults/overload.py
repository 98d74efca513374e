"""Clients in a retry storm: a few accounts ask without pause, ``times`` what the fleet sends."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from deadair.faults.fault import Fault, Proof, Setting, Sighting, Strikes
from deadair.injectors.injector import Break
from deadair.injectors.load_switch import RAMP_REAL_S
from deadair.model.place import Place

SHARE = 0.8
"""Of the wanted rate: a machine that cannot offer this much has not overloaded anything."""


class Overload(Fault):
    """Clients in a retry storm: a few accounts ask without pause, ``times`` what the fleet sends.

    Facts of a look: ``offered``: requests sent so far; ``done``: whether the load process said that it ended;
    ``wanted_per_s``: the rate it was asked for, per real-life second; ``ramp_s``: real-life seconds it may take to
    come up to speed.

    Proved: from the first look after the ramp to the last it offered at least 0.8 of the wanted rate. Gone: it ended.
    """

    kind: Literal["overload"] = "overload"
    strikes: ClassVar[Strikes] = "node"
    silences: ClassVar[bool] = False
    looks: ClassVar[int] = 3
    ramp_real_s: ClassVar[float] = RAMP_REAL_S
    times: float = Field(gt=0, le=1000)
    """Offered requests, as a multiple of what the fleet's own devices and phones send."""

    @property
    def accounts_needed(self) -> int:
        """A handful: a retry storm is a few clients gone wild."""
        return 8

    def breaks(self, where: Place, setting: Setting) -> tuple[Break, ...]:
        """Return the one flood, at its rate per real-life second."""
        rate = self.times * setting.base_requests_per_s
        return (Break("load", "overload", str(where), {"wanted_per_s": rate, "lasts_s": setting.lasts_s}),)

    def prove(self, sightings: Sequence[Sighting]) -> Proof:
        """Judge the offered rate over the window."""
        during = [sighting for sighting in sightings if sighting.when == "during"]
        gone = any(sighting.look.facts["done"] for sighting in sightings if sighting.when == "after")
        end = "it ended" if gone else "it did not say that it ended"
        up_to_speed = [s for s in during if s.at_us >= during[0].at_us + s.look.facts["ramp_s"] * 1e6]
        if len(up_to_speed) < 2 or up_to_speed[0].at_us == up_to_speed[-1].at_us:
            return Proof(False, gone, f"nobody looked twice after it had had the time to come up to speed; {end}")
        first, last = up_to_speed[0], up_to_speed[-1]
        wanted_per_s = last.look.facts["wanted_per_s"]
        rate = (last.look.facts["offered"] - first.look.facts["offered"]) / ((last.at_us - first.at_us) / 1e6)
        shown = f"{rate:.1f} requests a second were offered of {wanted_per_s:.1f} wanted; {end}"
        return Proof(rate >= SHARE * wanted_per_s, gone, shown)
