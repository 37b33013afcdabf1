"""Writes a report on any study: what was run, which factors mattered, where training breaks, how far seeds spread."""

from collections.abc import Mapping, Sequence

from evenkeel.analysis.behind_bands import fewest_seeds
from evenkeel.analysis.effects import Effects
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.left_out import left_out_says
from evenkeel.plugins import Check, Finding, Task, Verdict
from evenkeel.records.left_out import LeftOut
from evenkeel.reports.markup import code, sentence
from evenkeel.reports.page import to_html
from evenkeel.reports.parts import Region, cells_table, lost_says, more_seeds, region_of, what_was_run
from evenkeel.result import about, result
from evenkeel.statistics.evidence import inside_next

MARKS = {True: "yes", False: "**no**", None: "undecided"}


@result
class Judged:
    claim: str = about("Claim that the task was made to test.")
    verdict: Verdict = about("Whether the claim holds, judged by all of its checks.")
    checks: list[Check] = about("Comparisons of numbers that test the claim.")


@result
class Report:
    experiment: str | None = about("Name of the experiment that the report is about; null for all experiments.")
    answer: str = about("Sentences that say which factors mattered, and how sure that is.")
    findings: list[Judged] = about(
        "What the runs say about the claims that the task was made to test; empty if these are not the claims' cells."
    )
    region: Region | None = about("Factors of region.svg; null if no numeric factor varies, so there is no region.")
    markdown: str = about(
        "The report in Markdown. It shows figure1.svg, effects.svg and, if there is a region, region.svg from its own "
        "folder."
    )
    html: str = about("The same report as one HTML page that needs no other file.")
    left_out: list[LeftOut] = about("Cells that cannot be read here. The report is not about them.")


def write_report(
    task: Task,
    cells: Sequence[CellSummary],
    effects: Effects,
    findings: Sequence[Finding],
    svgs: Mapping[str, str] | None = None,
) -> Report:
    """Write the report.

    Args:
        cells: Cells of a summary, at least one.
        effects: The effects of all factors on the metric of that summary.
        findings: One finding for each claim of the task. Without findings, the report has no section about them.
        svgs: The figures, if they are drawn already: see `draw_figures`.
    """
    markdown = _to_markdown(task, cells, effects, findings)
    return Report(
        experiment=effects.experiment,
        answer=effects.answer,
        findings=[Judged(finding.claim, finding.verdict, finding.checks) for finding in findings],
        region=region_of(task, cells),
        markdown=markdown,
        html=to_html(markdown, svgs or draw_figures(task, cells, effects)),
        left_out=effects.left_out,
    )


def draw_figures(task: Task, cells: Sequence[CellSummary], effects: Effects) -> dict[str, str]:
    """Draw the figures of a report: file name -> SVG."""
    from evenkeel.figures import draw_bands, draw_effects, draw_region, render

    left_out = effects.left_out
    figures = {
        "effects.svg": draw_effects(task, effects),
        "figure1.svg": draw_bands(task, cells, task.metric(effects.metric), left_out=left_out),
    }
    if region := region_of(task, cells):
        figures["region.svg"] = draw_region(task, cells, region.x, region.y, left_out)
    return {name: render(figure, "svg").decode() for name, figure in figures.items()}


def _to_markdown(task: Task, cells: Sequence[CellSummary], effects: Effects, findings: Sequence[Finding]) -> str:
    metric = sentence(task.call(effects.metric))
    of = "All experiments" if effects.experiment is None else f"Experiment {code(effects.experiment)}"
    has_region = region_of(task, cells) is not None
    parts = [
        f"# Does it train stably? {of}",
        what_was_run(task, cells),
        sentence(left_out_says(effects.left_out)),
        "## Which factor mattered",
        sentence(effects.answer),
        "![Effects of the factors with 95 % intervals](effects.svg)",
        *map(sentence, effects.notes),
        "## Where it breaks",
        lost_says(cells),
        "![Share of the runs that diverged or collapsed](region.svg)" if has_region else "",
        "## How far the seeds spread",
        f"![{metric[:1].upper()}{metric[1:]}: mean and min-max band over the seeds](figure1.svg)",
        cells_table(task, cells),
        "The rate of bad is the share of finished runs that diverged or collapsed, with its 95 % interval "
        f"(Clopper-Pearson).{_so_far(cells)} The final mean has its 95 % interval. The band width is the mean over "
        f"epochs of the highest minus the lowest seed's {metric}. It counts the runs that neither diverged nor "
        "collapsed. A cell is unstable if half or more of its seeds diverged or collapsed.",
        "## What more seeds would tell",
        more_seeds(cells, task.metric(effects.metric)),
        *_findings(task, findings),
        "## How far to trust this",
        _caveat(cells),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def _so_far(cells: Sequence[CellSummary]) -> str:
    if not any(cell.divergence.unfinished for cell in cells):
        return ""
    return " Where seeds have not ended, it says what is bad so far. The interval then holds whatever becomes of them."


def _findings(task: Task, findings: Sequence[Finding]) -> list[str]:
    if task.hypotheses is None or not findings:
        return []
    told = [_finding(number, finding) for number, finding in enumerate(findings, 1)]
    return [f"## {task.hypotheses.title}", *told, " ".join(task.hypotheses.remarks)]


def _finding(index: int, finding: Finding) -> str:
    rows = "\n".join(f"| {sentence(check.says)} | {_shown(check)} |" for check in finding.checks)
    held = sum(check.holds is True for check in finding.checks)
    return (
        f"### {index}. {sentence(finding.claim)}\n\n"
        f"**Verdict: {finding.verdict}.** {held} of {len(finding.checks)} parts of the claim are shown.\n\n"
        f"| part | shown |\n|---|---|\n{rows}"
    )


def _shown(check: Check) -> str:
    """Whether the part of the claim is shown, with the p of its test."""
    if check.p is None:
        return MARKS[check.holds] if check.holds is not None else "unknown"
    return f"{MARKS[check.holds]} (p = {check.p:.2g})"


def _caveat(cells: Sequence[CellSummary]) -> str:
    weakest = min((cell.evidence for cell in cells), key=lambda found: found.n)
    fewest = fewest_seeds(cell for cell in cells if cell.band_width is not None)
    parts = [f"With n = {weakest.n} seeds in the cell with the fewest, {weakest.says}."]
    if fewest is not None and fewest > 1:
        chance = f"{inside_next(fewest):.0%}"
        parts.append(
            f"At any one epoch, the next seed that survives falls inside a cell's band with probability {chance} or "
            f"more. The band with the fewest seeds has {fewest}."
        )
    return " ".join([*parts, weakest.more]).strip()
