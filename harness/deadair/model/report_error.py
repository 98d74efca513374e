"""The one error that carries a verdict: a run was judged, and not all of its reports could be written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deadair.model.errors import HarnessError

if TYPE_CHECKING:
    from deadair.model.judgement import Judgement
    from deadair.model.run_folder import RunFolder


class ReportError(HarnessError):
    """A run was judged and its reports could not all be written. Carries the verdict, which this must not cost."""

    def __init__(self, text: str, folder: RunFolder, judgement: Judgement) -> None:
        super().__init__(text)
        self.folder = folder
        self.judgement = judgement
