"""``junit.xml``: each scenario a test suite, each rule a test case, for dashboards that know nothing else.

The file is green exactly if every run passed: unknown and aborted are ``<error>``, never green, never skipped. Only a
rule that was to have no case, and had none, is skipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from deadair.model.judgement import Finding, Judgement
from deadair.model.verdict import Verdict
from deadair.reporting import sentences as facts
from deadair.reporting.formatting import clean, one_line

EVIDENCE_CASE = "evidence"
"""The test case that says whether the run can be believed: its doubts of coverage and validity."""

JunitProblem = tuple[str, str, str]
"""failure or error, its type, its text."""


def junit_xml(judgements: Sequence[Judgement], *, run_again: Sequence[Judgement] = ()) -> bytes:
    """Return the XML of one or several runs. ``run_again``: those that came to nothing and were run again."""
    root = ElementTree.Element("testsuites", name="deadair")
    for judgement in judgements:
        root.append(_suite(judgement))
    for judgement in run_again:
        root.append(_suite_run_again(judgement))
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    ElementTree.indent(root)
    # Whatever is no character of XML has been taken out before; a lone surrogate is the last that could break this.
    body: str = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'.encode("utf-8", "replace")


def _suite(judgement: Judgement) -> ElementTree.Element:
    name = one_line(judgement.scenario, 200) or "scenario"
    cases = [
        (finding.rule, _rule_problem(finding, judgement), facts.cases_line(finding)) for finding in judgement.findings
    ]
    doubts = "\n".join(facts.doubt_line(doubt) for doubt in judgement.doubts)
    cases.append((EVIDENCE_CASE, _evidence_problem(judgement), doubts or "no doubt"))
    problems = [problem for _, problem, _ in cases if problem is not None]
    suite = ElementTree.Element(
        "testsuite",
        name=name,
        tests=str(len(cases) + len(judgement.not_judged)),
        failures=str(sum(problem[0] == "failure" for problem in problems)),
        errors=str(sum(problem[0] == "error" for problem in problems)),
        skipped=str(len(judgement.not_judged)),
    )
    properties = ElementTree.SubElement(suite, "properties")
    for key, value in _properties(judgement).items():
        ElementTree.SubElement(properties, "property", name=key, value=one_line(value))
    for rule, problem, output in cases:
        case = ElementTree.SubElement(suite, "testcase", classname=name, name=one_line(rule, 100), time="0")
        if problem is not None:
            tag, kind, text = problem
            element = ElementTree.SubElement(case, tag, message=one_line(text.splitlines()[0], 500), type=kind)
            element.text = clean(text, 20_000)
        ElementTree.SubElement(case, "system-out").text = clean(output, 20_000)
    for idle in judgement.not_judged:
        case = ElementTree.SubElement(suite, "testcase", classname=name, name=one_line(idle.rule, 100), time="0")
        ElementTree.SubElement(case, "skipped", message=one_line(idle.why, 500))
    return suite


def _suite_run_again(judgement: Judgement) -> ElementTree.Element:
    """Return a run that another one stands for: it is seen, with its reason, and counts for nothing."""
    name = f"{one_line(judgement.scenario, 200) or 'scenario'} (run again)"
    suite = ElementTree.Element("testsuite", name=name, tests="1", failures="0", errors="0", skipped="1")
    properties = ElementTree.SubElement(suite, "properties")
    for key, value in _properties(judgement).items():
        ElementTree.SubElement(properties, "property", name=key, value=one_line(value))
    case = ElementTree.SubElement(suite, "testcase", classname=name, name=EVIDENCE_CASE, time="0")
    said = f"{judgement.verdict.value}, and run again: {judgement.why}"
    ElementTree.SubElement(case, "skipped", message=one_line(said, 500))
    return suite


def _rule_problem(finding: Finding, judgement: Judgement) -> JunitProblem | None:
    if finding.verdict is Verdict.PASS:
        return None
    lines = [one_line(finding.why) or finding.verdict.value]
    example = facts.shortest_example(finding)
    if example is not None:
        lines.append(f"shortest counter-example: {facts.example_line(example)}")
    lines.append(f"replay: {one_line(judgement.replay, 4000)}")
    return ("failure" if finding.verdict is Verdict.FAIL else "error", finding.verdict.value, "\n".join(lines))


def _evidence_problem(judgement: Judgement) -> JunitProblem | None:
    """Return what is wrong with the run as evidence; also whatever makes a run red that no rule's case shows."""
    if judgement.verdict is Verdict.PASS:
        return None
    shown = any(finding.verdict is Verdict.FAIL for finding in judgement.findings)
    if judgement.verdict is Verdict.FAIL and shown and not judgement.doubts:
        return None
    lines = [one_line(judgement.why) or judgement.verdict.value]
    lines += [facts.doubt_line(doubt) for doubt in judgement.doubts]
    lines.append(f"replay: {one_line(judgement.replay, 4000)}")
    failed = judgement.verdict is Verdict.FAIL and not shown
    return ("failure" if failed else "error", judgement.verdict.value, "\n".join(lines))


def _properties(judgement: Judgement) -> dict[str, str]:
    waits = judgement.silences.time_to_alert_s
    return {
        "verdict": judgement.verdict.value,
        "why": judgement.why,
        "rules": facts.rules_line(judgement),
        "target": judgement.target,
        "engine": judgement.engine,
        "seed": str(judgement.seed),
        "speed": f"{judgement.speed:g}",
        "history_sha256": judgement.history_sha256,
        "subject_version": judgement.subject.version,
        "subject_configuration_sha256": judgement.subject.configuration_sha256,
        "silences": str(judgement.silences.count),
        "silences_alerted_in_time": str(judgement.silences.alerted_in_time),
        "time_to_alert_p50_s": _figure(waits.p50),
        "time_to_alert_p99_s": _figure(waits.p99),
        "time_to_alert_max_s": _figure(waits.max),
        "replay": judgement.replay,
    }


def _figure(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:g}"
