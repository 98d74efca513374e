"""``summary.md``: one screen for a pipeline's page. Never longer than such a page takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest

from deadair.model.judgement import Finding, Judgement
from deadair.model.plural import count
from deadair.model.verdict import Verdict, worst
from deadair.reporting import sentences as facts
from deadair.reporting.formatting import clean, one_line, path_name

BYTES_MAX = 256 * 1024
"""A GitHub step summary takes 1 MiB for all steps together."""
VIOLATIONS_MAX = 10
ROWS_MAX = 200
SIGNS = {Verdict.PASS: "✅", Verdict.FAIL: "❌", Verdict.UNKNOWN: "❔", Verdict.ABORTED: "⏹️"}


def escaped(text: object, limit: int = 600) -> str:
    """Return a text on one line that Markdown shows as it is: no markup, no HTML, no table cell, no link."""
    plain = one_line(text, limit).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*\[\]|~#]|(?<!\w)_|_(?!\w))", r"\\\1", plain).replace("://", "&#58;//")


def summary_md(judgement: Judgement) -> str:
    """Return one run's summary."""
    return _capped([*_run(judgement, level=2), "", "The whole story, with charts: [report.html](report.html)"])


def gate_md(runs: Sequence[tuple[str, Judgement]], *, run_again: Sequence[tuple[str, Judgement]] = ()) -> str:
    """Return the summary over several runs, each with the (relative) path of its folder.

    ``run_again``: those that came to nothing, and that another run stands for.
    """
    return _capped(_gate(runs, run_again))


def _gate(runs: Sequence[tuple[str, Judgement]], run_again: Sequence[tuple[str, Judgement]]) -> Iterator[str]:
    verdict = worst(judgement.verdict for _, judgement in runs)
    yield f"## {SIGNS[verdict]} {verdict.value}: {count(len(runs), 'scenario')}"
    yield ""
    yield "| verdict | scenario | rules | silences | alerted in time | why | report |"
    yield "|---|---|---|---:|---:|---|---|"
    for folder, judgement in runs[:ROWS_MAX]:
        silences = judgement.silences
        word = f"{SIGNS[judgement.verdict]} {judgement.verdict.value}"
        figures = (f"{silences.count:,}", f"{silences.alerted_in_time:,}")
        report = f"[report]({_link(folder)}/report.html)" if folder else "none"
        rules = facts.rules_line(judgement)
        yield _cells(word, escaped(judgement.scenario, 100), rules, *figures, escaped(judgement.why, 300), report)
    if len(runs) > ROWS_MAX:
        left = count(len(runs) - ROWS_MAX, "more run is", "more runs are")
        yield f"\n{left} in verdict.json."
    if run_again:
        yield ""
    again = [
        f"{escaped(judgement.scenario, 100)} ([report]({_link(folder)}/report.html)): {escaped(judgement.why, 300)}"
        for folder, judgement in run_again[:ROWS_MAX]
    ]
    yield from _section("Unknown at first, and run again", again)
    for _, judgement in runs:
        if judgement.verdict is not Verdict.PASS:
            yield ""
            yield from _run(judgement, level=3)


def _run(judgement: Judgement, *, level: int) -> Iterator[str]:
    sign = SIGNS[judgement.verdict]
    name = escaped(judgement.scenario, 200)
    yield f"{'#' * level} {sign} {judgement.verdict.value}: {name}: {facts.rules_line(judgement)}"
    yield ""
    yield escaped(judgement.why, 2000)
    yield ""
    yield f"{escaped(facts.silences_line(judgement))}; {escaped(facts.time_to_alert_line(judgement.silences))}."
    yield ""
    if judgement.findings:
        yield "| verdict | rule | judged | violated | excused | suspected | why |"
        yield "|---|---|---:|---:|---:|---:|---|"
        for finding in facts.worst_first(judgement)[:ROWS_MAX]:
            word = f"{SIGNS[finding.verdict]} {finding.verdict.value}"
            counts = (finding.judged, finding.violations, finding.excused, finding.suspected)
            yield _cells(word, escaped(finding.rule, 100), *(f"{n:,}" for n in counts), escaped(finding.why))
        yield ""
    idle = [escaped(facts.not_judged_line(each)) for each in judgement.not_judged[:ROWS_MAX]]
    yield from _section("Not judged", idle)
    yield from _section("Violations", tuple(islice(_violations(judgement.findings), VIOLATIONS_MAX)))
    yield from _section("Doubts", [escaped(facts.doubt_line(doubt)) for doubt in judgement.doubts[:ROWS_MAX]])
    yield from _section(
        "Alert paths",
        [
            f"{escaped(path_name(path))}: {tally.alerted_in_time:,} alerted in time, {tally.alerted_first:,} first"
            for path, tally in judgement.alert_paths.items()
        ],
    )
    unsound = [fault for fault in judgement.faults if not facts.fault_is_sound(fault)]
    yield from _section(
        "Faults that are not fully proved",
        [escaped(f"{f.id} {f.kind} {f.where}: {facts.fault_state(f)}; {f.why}") for f in unsound[:ROWS_MAX]],
    )
    yield f"Harness: {escaped(facts.health_line(judgement.health))}."
    yield ""
    subject = f"{escaped(judgement.target, 100)} {escaped(judgement.subject.version, 200)}"
    yield f"Judged: {subject}, seed {judgement.seed}, history {escaped(judgement.history_sha256, 100)}. To replay:"
    yield ""
    yield from _code(judgement.replay)


def _violations(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the counter-examples of all violated rules, one of each rule in turn."""
    failed = [finding for finding in findings if finding.verdict is Verdict.FAIL]
    for turn in zip_longest(*([(f.rule, e) for e in f.examples] for f in failed)):
        for each in turn:
            if each is not None:
                yield f"{escaped(each[0], 100)}: {escaped(facts.example_line(each[1]))}"


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _section(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield f"**{title}**"
        yield ""
        yield from (f"- {item}" for item in items)
        yield ""


def _code(text: str) -> Iterator[str]:
    body = clean(text, 4000)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", body)), default=0))
    yield from (fence, body, fence)


def _link(folder: str) -> str:
    """Return a relative path as a link target that cannot end the link early."""
    return re.sub(
        r"[^\w./-]", lambda sign: "".join(f"%{byte:02X}" for byte in sign[0].encode("utf-8", "replace")), folder
    )


def _capped(lines: Iterable[str]) -> str:
    """Join the lines, leaving out the last ones that would make the file too long."""
    kept, size = [], 0
    for line in lines:
        size += len(line.encode("utf-8", "replace")) + 1
        if size > BYTES_MAX:
            kept.append("\n…cut here: the rest is in verdict.json and report.html.")
            break
        kept.append(line)
    return "\n".join(kept) + "\n"
