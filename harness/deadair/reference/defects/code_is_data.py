"""Takes a sensor's code for a reading that the follower sees: something came, so all is well."""

from __future__ import annotations

from deadair.reference.defects.defect import Catch, Defect
from deadair.reference.http.upload_routes import Intake
from deadair.reference.storage.inbox import EVENT, Waiting


class CountsCodes(Intake):
    """Takes readings in, and disarms every follower's timer by a code."""

    async def take(self, patient: int, readings: list[Waiting], *, fresh: bool) -> None:
        """Take the newest code for the newest reading."""
        await super().take(patient, readings, fresh=fresh)
        codes = [one.measured_s for one in readings if one.kind == EVENT]
        for follow in self._follows.of_patient(patient) if codes else ():
            self._evidence.confirmed(follow, max(codes), acknowledged_s=0.0, snoozed_until_s=0.0)


DEFECT = Defect(
    name="code-is-data",
    what=__doc__,
    seen=(
        "Uploaders send the codes of a failing sensor as glucose of 1 to 12 mg/dL, and whoever asks only how old the"
        " newest entry is finds that all is well; Nightscout's own display has to tell them apart."
    ),
    parts={Intake: CountsCodes},
    caught=(Catch("smoke/lives"),),
)
