"""The report says what the summary and the effects say."""

from dataclasses import replace

import pytest
from summaries import summary_cell

from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.findings import judge_hypotheses
from evenkeel.analysis.report import Report, to_html, write_report
from evenkeel.plugins import Check, Finding, Hypotheses, Task, Verdict
from models.task import CLASSIFICATION

CELLS = [
    summary_cell(arch, norm, init, [[0.1, 0.5, final], [0.2, 0.6, final], [0.3, 0.7, final + 0.01]], width=0.25)
    for arch in ("yolo", "resnet")
    for norm, final in (("batch", 0.98), ("none", 0.6))
    for init in ("he", "glorot")
]


def report_of(task: Task) -> Report:
    effects = which_mattered(CELLS, task.metric("train_accuracy"), "exp")
    return write_report(task, CELLS, effects, judge_hypotheses(task, CELLS, "exp"))


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(CLASSIFICATION)


def test_it_says_what_was_run_what_varied_and_what_did_not(report: Report) -> None:
    assert report.markdown.startswith("# Does it train stably? Experiment `exp`\n\n8 cells, seeds 0, 1, 2; ")
    assert "content of the data content." in report.markdown
    assert "What varies: arch yolo, resnet; norm batch, none; init he, glorot. " in report.markdown
    assert "What does not: epochs 3, width 0.25." in report.markdown


def test_every_cell_has_a_row_with_its_numbers(report: Report) -> None:
    [row] = [line for line in report.markdown.splitlines() if line.startswith("| yolo-none-he-width=0.25 |")]
    assert row.startswith("| yolo-none-he-width=0.25 | 3/3 | - | 0.00 (0.00-0.71) | 0.603 (")
    assert "the highest minus the lowest seed's training accuracy." in report.markdown


def test_figures_and_answer_stand_in_it(report: Report) -> None:
    assert "![Training accuracy: mean and min-max band over the seeds](figure1.svg)" in report.markdown
    assert "![Effects of the factors with 95 % intervals](effects.svg)" in report.markdown
    assert report.answer in report.markdown
    assert (report.experiment, report.answer.startswith("Final train_accuracy: ")) == ("exp", True)


def test_the_findings_come_with_their_verdicts_and_checks(report: Report) -> None:
    assert [judged.verdict for judged in report.findings][:1] == [Verdict.IN_PART]
    for number, judged in enumerate(report.findings, 1):
        held = sum(check.holds is True for check in judged.checks)
        assert f"### {number}. {judged.claim}\n\n**It {judged.verdict}**: {held} of " in report.markdown
        assert all(f"| {check.says} |" in report.markdown for check in judged.checks)


def test_a_task_has_its_own_words_for_its_claims_and_their_limits() -> None:
    finding = Finding("A claim.", [Check("1 < 2", True), Check("2 < 1", False)])
    claims = Hypotheses("What we thought", {}, lambda cells, effects: [finding], ("The limits are ours.",))
    found = report_of(replace(CLASSIFICATION, hypotheses=claims)).markdown
    assert "\n## What we thought\n\n### 1. A claim.\n" in found
    assert "\n\nThe limits are ours.\n\n" in found


def test_the_papers_words_stand_in_the_report_of_classification(report: Report) -> None:
    assert "\n## The paper's three findings\n" in report.markdown
    assert "The paper's data are Food-101. The limits in the checks are Evenkeel's own; the paper names none." in (
        report.markdown
    )


def test_a_task_without_claims_has_no_findings_in_its_report() -> None:
    found = report_of(replace(CLASSIFICATION, hypotheses=None))
    assert found.findings == []
    assert "claim" not in found.markdown


def test_the_page_holds_its_figures_and_needs_no_other_file(report: Report) -> None:
    assert report.html.startswith("<!doctype html>")
    assert report.html.count("<svg") == 2
    assert "<img" not in report.html
    assert "<title>Does it train stably? Experiment exp</title>" in report.html


def test_what_looks_like_html_stays_text() -> None:
    assert "&lt;script&gt;" in to_html("# A <script> of a name", {})
