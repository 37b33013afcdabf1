"""Writes a report on an experiment: what was run, figures, a table, which factors mattered, and the task's claims."""

from collections.abc import Mapping, Sequence
from html import escape

from evenkeel.analysis.behind_bands import fewest_seeds
from evenkeel.analysis.effects import Effects
from evenkeel.analysis.formats import evidence, number, value_range
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.divergence import rate_says
from evenkeel.analysis.wording.left_out import left_out_says
from evenkeel.grids.levels import differing_beyond_name, in_order, show
from evenkeel.lab.left_out import LeftOut
from evenkeel.plugins import Check, Finding, Task, Verdict
from evenkeel.result import about, result
from evenkeel.statistics.evidence import inside_next

MARKS = {True: "yes", False: "**no**", None: "undecided"}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem; color: #222 }}
table {{ border-collapse: collapse; width: 100%; font-size: 0.9rem }}
th, td {{ border-bottom: 1px solid #ddd; padding: 0.3rem 0.6rem; text-align: left; vertical-align: top }}
code {{ white-space: nowrap }}
svg, img {{ max-width: 100%; height: auto }}
</style></head><body>
{body}
</body></html>
"""


@result
class Judged:
    claim: str = about("Claim that the task was made to test.")
    verdict: Verdict = about("Whether the claim holds, judged by all of its checks.")
    checks: list[Check] = about("Comparisons of numbers that test the claim.")


@result
class Report:
    experiment: str | None = about("Name of the experiment that the report is about; null for all experiments.")
    answer: str = about("Sentences that say which factors mattered, and how sure that is.")
    findings: list[Judged] = about("What the runs say about the claims that the task was made to test.")
    markdown: str = about("The report in Markdown. It shows figure1.svg and effects.svg from its own folder.")
    html: str = about("The same report as one HTML page that needs no other file.")
    left_out: list[LeftOut] = about("Cells that cannot be read here. The report is not about them.")


def write_report(task: Task, cells: Sequence[CellSummary], effects: Effects, findings: Sequence[Finding]) -> Report:
    """Write the report.

    Args:
        cells: Cells of a summary, at least one.
        effects: The effects of all factors on the metric of that summary.
        findings: One finding for each claim of the task.
    """
    from evenkeel.analysis.figures import draw_bands, draw_effects, render

    markdown = _to_markdown(task, cells, effects, findings)
    figures = {
        "figure1.svg": draw_bands(task, cells, task.metric(effects.metric), left_out=effects.left_out),
        "effects.svg": draw_effects(task, effects),
    }
    return Report(
        experiment=effects.experiment,
        answer=effects.answer,
        findings=[Judged(finding.claim, finding.verdict, finding.checks) for finding in findings],
        markdown=markdown,
        html=to_html(markdown, {name: render(figure, "svg").decode() for name, figure in figures.items()}),
        left_out=effects.left_out,
    )


def to_html(markdown: str, svgs: Mapping[str, str]) -> str:
    """Turn Markdown into one page that needs no other file.

    Args:
        svgs: File name of an image in the Markdown -> the SVG that replaces the image.
    """
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    for name, svg in svgs.items():
        image = body.index(f'<img src="{name}"')
        body = body[:image] + svg[svg.index("<svg") :] + body[body.index(">", image) + 1 :]
    title = escape(markdown.splitlines()[0].lstrip("# ").replace("`", ""))
    return PAGE.format(title=title, body=body)


def _to_markdown(task: Task, cells: Sequence[CellSummary], effects: Effects, findings: Sequence[Finding]) -> str:
    metric = task.call(effects.metric)
    of = "All experiments" if effects.experiment is None else f"Experiment `{effects.experiment}`"
    parts = [
        f"# Does it train stably? {of}",
        _what_was_run(task, cells),
        *filter(None, [left_out_says(effects.left_out)]),
        f"![{_sentence_case(metric)}: mean and min-max band over the seeds](figure1.svg)",
        "## What came out",
        _table(task, cells),
        "The rate of bad is the share of finished runs that diverged or collapsed, with its 95 % interval "
        f"(Clopper-Pearson).{_so_far(cells)} The final mean has its 95 % interval (t). The band width is the mean over "
        f"epochs of the highest minus the lowest seed's {metric}. It counts the runs that neither diverged nor "
        "collapsed. A cell is unstable if half or more of its seeds diverged or collapsed.",
        "## Which factor mattered",
        effects.answer,
        "![Effects of the factors with 95 % intervals](effects.svg)",
        *effects.notes,
        *_findings(task, findings),
        _caveat(cells),
    ]
    return "\n\n".join(parts) + "\n"


def _so_far(cells: Sequence[CellSummary]) -> str:
    if not any(cell.divergence.unfinished for cell in cells):
        return ""
    return " Where seeds have not ended, it says what is bad so far. The interval then holds whatever becomes of them."


def _what_was_run(task: Task, cells: Sequence[CellSummary]) -> str:
    """The seeds, the data, and the levels of every factor."""
    levels = {
        factor: list(map(show, in_order(task, factor, (cell.levels[factor] for cell in cells))))
        for factor in cells[0].levels
    }
    varied = [f"{factor} {', '.join(found)}" for factor, found in levels.items() if len(found) > 1]
    fixed = [f"{factor} {found[0]}" for factor, found in levels.items() if len(found) == 1]
    seeds = sorted({seed for cell in cells for seed in cell.seeds})
    hashes = sorted({found for cell in cells for found in cell.dataset_hashes})
    return (
        f"Number of cells: {len(cells)}. Seeds: {', '.join(map(str, seeds))}. Hash of the data: "
        f"{', '.join(hashes) or 'unknown'}. Factors that vary: {'; '.join(varied) or 'none'}. "
        f"Factors that do not vary: {', '.join(fixed) or 'none'}."
    )


def _table(task: Task, cells: Sequence[CellSummary]) -> str:
    """One row for each cell: its name, its levels of the factors that differ beyond the name, and its numbers."""
    factors = differing_beyond_name(task, [cell.levels for cell in cells])
    headings = ["cell", *factors, "runs", "bad", "rate of bad", "final mean", "final range", "band width"]
    rows = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    for cell in cells:
        runs, bad = evidence(cell)
        final = cell.final
        values = (
            rate_says(cell.divergence),
            f"{number(final.mean)} ({number(final.mean_low)} to {number(final.mean_high)})",
            value_range(final),
            "unstable" if cell.divergence.unstable else number(cell.band_width),
        )
        levels = [show(cell.levels[factor]) for factor in factors]
        # Written as code, a name stays on one line of the page, and a reader can copy it as a whole.
        rows.append(f"| {' | '.join([f'`{cell.cell}`', *levels, runs, bad, *values])} |")
    return "\n".join(rows)


def _findings(task: Task, findings: Sequence[Finding]) -> list[str]:
    if task.hypotheses is None:
        return []
    told = [_finding(number, finding) for number, finding in enumerate(findings, 1)]
    return [f"## {task.hypotheses.title}", *told, " ".join(task.hypotheses.remarks)]


def _finding(index: int, finding: Finding) -> str:
    rows = "\n".join(f"| {check.says} | {_shown(check)} |" for check in finding.checks)
    held = sum(check.holds is True for check in finding.checks)
    return (
        f"### {index}. {finding.claim}\n\n"
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
    parts = [f"How far to trust this: with n = {weakest.n} seeds in the cell with the fewest, {weakest.says}."]
    if fewest is not None:
        chance = f"{inside_next(fewest):.0%}"
        parts.append(
            f"At any one epoch, the next seed that survives falls inside a cell's band with probability {chance} or "
            f"more. The band with the fewest seeds has {fewest}."
        )
    return " ".join([*parts, weakest.more]).strip()


def _sentence_case(words: str) -> str:
    return words[:1].upper() + words[1:]
