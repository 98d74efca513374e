"""summary.md: short, safe to show on a pipeline's page, and it names the worst first."""

from __future__ import annotations

import re

import pytest

from deadair.model.judgement import Example, Finding, Judgement
from deadair.model.verdict import Verdict
from deadair.reporting.markdown import BYTES_MAX, VIOLATIONS_MAX, escaped, gate_md, summary_md
from tests.unit.run_folder_builder import build, hostile, judgement_of


@pytest.fixture(scope="module")
def judgement(tmp_path_factory: pytest.TempPathFactory) -> Judgement:
    return judgement_of(build(tmp_path_factory.mktemp("run"), devices=40, unalerted=("west",)))


def test_it_says_the_verdict_why_and_where_the_page_is(judgement: Judgement) -> None:
    text = summary_md(judgement)
    assert text.startswith("## ❌ fail: thanksgiving-2019: passed 5 of 6 rules\n")
    assert escaped(judgement.why) in text
    assert "[report.html](report.html)" in text
    assert f"```\n{judgement.replay}\n```" in text


def test_the_worst_rule_comes_first(judgement: Judgement) -> None:
    rules = re.findall(r"^\| \S+ (\w+) \| (\w+) \|", summary_md(judgement), re.MULTILINE)
    assert rules[0] == ("fail", "no_data_deadline")
    assert {verdict for verdict, _ in rules[1:]} == {"pass"}


def test_only_the_top_violations_are_listed_and_each_rule_gets_its_turn(judgement: Judgement) -> None:
    many = tuple(Example(what=f"case {n}") for n in range(500))
    findings = tuple(
        Finding(rule=rule, verdict=Verdict.FAIL, judged=500, violations=500, why="bad", examples=many)
        for rule in ("shows_age", "recovers")
    )
    text = summary_md(judgement.model_copy(update={"findings": findings}))
    listed = re.findall(r"^- (shows_age|recovers): case", text, re.MULTILINE)
    assert len(listed) == VIOLATIONS_MAX
    assert listed.count("recovers") == VIOLATIONS_MAX // 2


def test_it_never_outgrows_a_pipelines_page(judgement: Judgement) -> None:
    long = Finding(rule="r" * 1000, verdict=Verdict.FAIL, judged=1, violations=1, why="w" * 100_000)
    grown = judgement.model_copy(update={"findings": (long,) * 5000, "why": "y" * 1_000_000})
    assert len(summary_md(grown).encode()) < BYTES_MAX
    gate = gate_md([("somewhere", grown)] * 300)
    assert len(gate.encode()) < BYTES_MAX + 200
    assert "cut here" in gate


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<!-- hidden",
        "]]>",
        "# heading\n\n| table | row |",
        "[click](https://example.org)",
        "![pixel](https://example.org/p.png)",
        "*bold* _slanted_ ~~struck~~ `code` \\*",
        "\x1b[31mred\x00",
        "```\n</code>\n```",
    ],
)
def test_hostile_text_is_no_markup(judgement: Judgement, text: str) -> None:
    whole = summary_md(judgement.model_copy(update=hostile(text)))
    # The replay command stands in a fence that its text cannot close.
    prose = re.sub(r"(?ms)^(`{3,})\n.*?^\1\n", "", whole)
    assert "\x1b" not in whole
    assert "\x00" not in whole
    assert not re.search(r"(?<!\\)<", prose)
    assert not re.search(r"(?<!\\)\]\(http", prose)
    assert "://" not in prose
    assert not re.search(r"(?<![\\*])\*(?!\*)", prose)
    assert len([line for line in whole.splitlines() if line.startswith("## ")]) == 1
    for line in prose.splitlines():
        if line.startswith("|"):
            assert len(re.findall(r"(?<!\\)\|", line)) == 8, line


def test_a_gate_lists_every_run_and_tells_of_the_bad_ones(judgement: Judgement) -> None:
    good = judgement.model_copy(update={"verdict": Verdict.PASS, "scenario": "calm", "findings": ()})
    text = gate_md([("../../calm/1", good), ("../../rough/a (b)", judgement)])
    assert text.startswith("## ❌ fail: 2 scenarios")
    assert "(../../calm/1/report.html)" in text
    assert "(../../rough/a%20%28b%29/report.html)" in text
    assert re.findall(r"^### .*$", text, re.MULTILINE) == ["### ❌ fail: thanksgiving-2019: passed 5 of 6 rules"]
