"""The page that shows two runs beside each other; like the report it carries everything it needs.

The template escapes whatever it is given; only the drawings go in as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deadair.model.errors import of_disk
from deadair.model.judgement import Judgement
from deadair.model.run_folder import RunFolder
from deadair.model.verdict import Verdict
from deadair.reporting.charts import draw
from deadair.reporting.formatting import one_line
from deadair.reporting.html import drawing, style, templates_of
from deadair.reporting.run_reader import read_story


def write_page(  # noqa: PLR0913 - each is named at the call site
    path: Path,
    runs: Sequence[tuple[RunFolder, Judgement]],
    rows: Sequence[tuple[str, str, str]],
    *,
    title: str,
    verdict: Verdict,
    why: str,
) -> None:
    """Write the page of two runs. Raises HarnessError if the disk refuses."""
    environment = templates_of("deadair.reporting")
    environment.filters["line"] = one_line
    charts = [draw(read_story(folder, judgement), judgement).time_to_alert for folder, judgement in runs]
    text = environment.get_template("comparison.html.j2").render(
        title=title,
        verdict=verdict,
        why=why,
        rows=rows,
        charts=charts,
        drawing=drawing,
        **style(),
    )
    try:
        path.write_text(text, "utf-8", "replace")
    except OSError as error:
        raise of_disk(path, error) from None
