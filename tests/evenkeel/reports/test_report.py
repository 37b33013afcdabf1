"""The report says what the summary and the effects say."""

from dataclasses import replace

import pytest
from summaries import summary_cell

from evenkeel.analysis.effects import which_mattered
from evenkeel.analysis.findings import judge_hypotheses
from evenkeel.analysis.seeds_needed import how_many_seeds
from evenkeel.analysis.summary import CellSummary
from evenkeel.plugins import Check, Finding, Hypotheses, Task, Verdict
from evenkeel.reports.page import to_html
from evenkeel.reports.parts import Region, region_of
from evenkeel.reports.report import Report, write_report
from models.task import CLASSIFICATION

CELLS = [
    summary_cell(arch, norm, init, [[0.1, 0.5, final], [0.2, 0.6, final], [0.3, 0.7, final + 0.01]], width=0.25)
    for arch in ("yolo", "resnet")
    for norm, final in (("batch", 0.98), ("none", 0.6))
    for init in ("he", "glorot")
]


def report_of(task: Task, cells: list[CellSummary] = CELLS) -> Report:
    effects = which_mattered(task, cells, task.metric("train_accuracy"), "exp")
    return write_report(task, cells, effects, judge_hypotheses(task, cells, "exp"))


@pytest.fixture(scope="module")
def report() -> Report:
    return report_of(CLASSIFICATION)


@pytest.mark.slow
def test_it_says_what_was_run_what_varied_and_what_did_not(report: Report) -> None:
    assert report.markdown.startswith(
        "# Does it train stably? Experiment `exp`\n\nNumber of cells: 8. Seeds: 0, 1, 2. Hash of the data: content. "
    )
    assert "Factors that vary: arch yolo, resnet; norm batch, none; init he, glorot. " in report.markdown
    assert "Factors that do not vary: epochs 3, width 0.25." in report.markdown


@pytest.mark.slow
def test_it_says_that_cells_mix_runs_of_several_arithmetics(report: Report) -> None:
    assert "mix" not in report.markdown
    mixed = report_of(CLASSIFICATION, [replace(CELLS[0], arithmetics=["one", "two"]), *CELLS[1:]]).markdown
    assert "1 cell mixes runs that computed with different devices, versions of torch or numbers of threads." in mixed


def test_every_cell_has_a_row_with_its_numbers(report: Report) -> None:
    row, _ = [line for line in report.markdown.splitlines() if line.startswith(f"| `{CELLS[2].cell}` |")]
    assert row.startswith(f"| `{CELLS[2].cell}` | 3/3 | - | 0.00 (0.00 to 0.71) | 0.6033 (")
    assert "the highest minus the lowest seed's training accuracy." in report.markdown


def test_the_table_has_a_column_for_each_factor_that_the_names_do_not_tell() -> None:
    curves = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.3, 0.7, 0.7]]
    cells = [summary_cell("yolo", "none", "he", curves, lr=lr, width=0.5) for lr in (0.01, 0.1)]
    report = report_of(CLASSIFICATION, cells)
    assert "| cell | lr | runs | bad |" in report.markdown
    for cell, lr in zip(cells, ("0.01", "0.1"), strict=True):
        assert f"| `{cell.cell}` | {lr} | 3/3 |" in report.markdown
        assert f"<code>{cell.cell}</code>" in report.html


@pytest.mark.slow
def test_the_next_seed_is_spoken_of_by_the_band_with_the_fewest_seeds() -> None:
    curves = [[0.1, 0.5, 0.9], [0.2, 0.6, 0.8], [0.3]]
    cells = [CELLS[0], summary_cell("yolo", "none", "he", curves, {2: 2}, width=0.25)]
    assert (
        "At any one epoch, the next seed that survives falls inside a cell's band with probability 33% or more. The "
        "band with the fewest seeds has 2."
    ) in report_of(CLASSIFICATION, cells).markdown


@pytest.mark.slow
def test_a_cell_that_mostly_breaks_is_called_unstable() -> None:
    broken = summary_cell("yolo", "none", "he", [[0.1, 0.1, 0.1]] * 3, {0: "collapsed", 1: "collapsed"}, width=0.25)
    told = report_of(CLASSIFICATION, [CELLS[0], broken]).markdown
    row, _ = [line for line in told.splitlines() if line.startswith(f"| `{broken.cell}`")]
    assert row.endswith("| unstable |")
    assert "\n\nnorm none breaks; the others do not. Where it breaks, half or more" in told


@pytest.mark.slow
def test_bad_runs_are_told_so_far_where_seeds_have_not_ended(report: Report) -> None:
    going = summary_cell("yolo", "none", "he", [[0.1, 0.5, 0.9], [0.2]], {1: 2}, queued=3, width=0.25)
    told = report_of(CLASSIFICATION, [CELLS[0], going]).markdown
    assert "| 2/5 | 1 div | 1 of 5 seeds so far (0.01 to 0.99) |" in told
    assert "Where seeds have not ended, it says what is bad so far" in told
    assert "so far" not in report.markdown


def test_figures_and_answer_stand_in_it(report: Report) -> None:
    assert "![Training accuracy: mean and min-max band over the seeds](figure1.svg)" in report.markdown
    assert "![Effects of the factors with 95 % intervals](effects.svg)" in report.markdown
    assert report.answer in report.markdown
    assert (report.experiment, report.answer.startswith("Final training accuracy: ")) == ("exp", True)


def test_the_findings_come_with_their_verdicts_and_checks(report: Report) -> None:
    assert [judged.verdict for judged in report.findings] == [Verdict.NOT, Verdict.UNDECIDED, Verdict.UNKNOWN]
    for number, judged in enumerate(report.findings, 1):
        held = sum(check.holds is True for check in judged.checks)
        assert f"### {number}. {judged.claim}\n\n**Verdict: {judged.verdict}.** {held} of " in report.markdown
        assert all(f"| {check.says} |" in report.markdown for check in judged.checks)


@pytest.mark.slow
def test_a_part_of_a_finding_comes_with_its_p_and_what_is_not_shown_is_undecided() -> None:
    parts = [Check("a", True, 0.01), Check("b", False, 0.999), Check("c", None, 0.3), Check("d", None)]
    claims = Hypotheses("What we thought", {}, lambda cells, effects: [Finding("A claim.", parts)])
    told = report_of(replace(CLASSIFICATION, hypotheses=claims)).markdown
    assert "1 of 4 parts of the claim are shown." in told
    assert "| a | yes (p = 0.01) |\n| b | **no** (p = 1) |\n| c | undecided (p = 0.3) |\n| d | unknown |" in told


@pytest.mark.slow
def test_a_task_has_its_own_words_for_its_claims_and_their_limits() -> None:
    finding = Finding("A claim.", [Check("1 < 2", True), Check("2 < 1", False)])
    claims = Hypotheses("What we thought", {}, lambda cells, effects: [finding], ("The limits are ours.",))
    found = report_of(replace(CLASSIFICATION, hypotheses=claims)).markdown
    assert "\n## What we thought\n\n### 1. A claim.\n" in found
    assert "\n\nThe limits are ours.\n\n" in found


def test_the_papers_words_stand_in_the_report_of_classification(report: Report) -> None:
    assert "\n## The three findings of McInroe 2020\n" in report.markdown
    assert "The paper's data are Food-101. The limits in the parts are Evenkeel's own. The paper names none." in (
        report.markdown
    )


@pytest.mark.slow
def test_a_task_without_claims_has_no_findings_in_its_report() -> None:
    found = report_of(replace(CLASSIFICATION, hypotheses=None))
    assert found.findings == []
    assert "claim" not in found.markdown


def test_the_page_holds_its_figures_and_needs_no_other_file(report: Report) -> None:
    assert report.html.startswith("<!doctype html>")
    assert report.html.count("<svg") == 2
    assert "<img" not in report.html
    assert "<title>Does it train stably? Experiment exp</title>" in report.html


def test_claims_about_other_cells_stay_out_of_the_report() -> None:
    cells = [summary_cell("vgg", "none", "he", [[0.1, 0.5], [0.2, 0.6]], lr=lr, width=0.25) for lr in (0.01, 0.1)]
    found = report_of(CLASSIFICATION, cells)
    assert found.findings == []
    assert "paper" not in found.markdown


@pytest.mark.slow
def test_a_numeric_factor_that_varies_gets_its_region() -> None:
    lost = dict.fromkeys(range(3), "collapsed")
    cells = [
        summary_cell("yolo", norm, "he", [[0.1, 0.5], [0.2, 0.6], [0.3, 0.7]], lost if lr == 0.5 else {}, lr=lr)
        for norm in ("batch", "none")
        for lr in (0.01, 0.1, 0.5)
    ]
    found = report_of(CLASSIFICATION, cells)
    assert found.region == Region("lr", "norm")
    assert "](region.svg)" in found.markdown
    assert found.html.count("<svg") == 3
    told = f"6 of the 18 finished runs diverged or collapsed, in 2 of 6 cells: `{cells[2].cell}` (3), `{cells[5].cell}`"
    assert told in found.markdown


def test_the_region_shows_the_factor_that_makes_runs_break() -> None:
    cells = [
        summary_cell(arch, norm, "he", [[0.1]] * 2, {0: "collapsed"} if norm == "none" and lr == 0.5 else {}, lr=lr)
        for arch in ("yolo", "resnet")
        for norm in ("batch", "none")
        for lr in (0.1, 0.5)
    ]
    assert region_of(CLASSIFICATION, cells) == Region("lr", "norm")


def test_without_a_numeric_factor_there_is_no_region(report: Report) -> None:
    assert report.region is None
    assert "region.svg" not in report.markdown
    assert "None of the 24 finished runs diverged or collapsed." in report.markdown


def test_it_says_how_many_seeds_a_mean_of_each_cell_needs(report: Report) -> None:
    [head] = [line for line in report.markdown.splitlines() if line.startswith("| cell | seeds now |")]
    goal = head.split("seeds for ")[1].split(" ")[0]
    needed = how_many_seeds(CELLS[0], CLASSIFICATION.metric("train_accuracy"), float(goal), "mean")
    assert f"known to within {goal}, with a probability of 80%" in report.markdown
    assert any(
        line.startswith(f"| `{CELLS[0].cell}` | 3 |") and line.endswith(f"| {needed.n} |")
        for line in report.markdown.splitlines()
    )


def test_where_all_runs_end_alike_it_does_not_guess_how_many_more_it_takes() -> None:
    cells = [summary_cell("yolo", norm, "he", [[0.5]] * 3, width=0.25) for norm in ("batch", "none")]
    assert "do not tell how many more it takes" in report_of(CLASSIFICATION, cells).markdown


def test_many_seeds_are_not_listed() -> None:
    cell = summary_cell("yolo", "none", "he", [[0.5 + seed / 100] for seed in range(25)], width=0.25)
    assert "Seeds: 25, from 0 to 24." in report_of(CLASSIFICATION, [cell]).markdown


def test_what_looks_like_html_stays_text() -> None:
    assert "&lt;script&gt;" in to_html("# A <script> of a name", {})
