"""A report of an experiment: what was run, figures, the table, which factor mattered, what the task claims."""

from collections.abc import Mapping, Sequence
from html import escape

from evenkeel.analysis.behind_bands import fewest_seeds
from evenkeel.analysis.effects import Effects
from evenkeel.analysis.formats import evidence, number, value_range
from evenkeel.analysis.summary import CellSummary
from evenkeel.analysis.wording.left_out import left_out_says
from evenkeel.grids.levels import differing_beyond_name, in_order, show
from evenkeel.lab.left_out import LeftOut
from evenkeel.plugins import Check, Finding, Task, Verdict
from evenkeel.result import about, result
from evenkeel.stability.evidence import inside_next

MARKS = {True: "yes", False: "**no**", None: "unknown"}
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
    claim: str = about("What the task was made to test.")
    verdict: Verdict = about("What all of its checks come to.")
    checks: list[Check] = about("The comparisons of numbers that it was put to.")


@result
class Report:
    experiment: str | None = about("What it is about; null for every experiment.")
    answer: str = about("Which factor mattered, and how sure that is, in sentences.")
    findings: list[Judged] = about("What the runs say of the claims that the task was made to test.")
    markdown: str = about("The report. figure1.svg and effects.svg are to lie beside it.")
    html: str = about("The same as one page that needs no other file.")
    left_out: list[LeftOut] = about("Cells that cannot be read here, so that the report is not about them.")


def write_report(task: Task, cells: Sequence[CellSummary], effects: Effects, findings: Sequence[Finding]) -> Report:
    """cells: at least one, of a summary of the metric that the effects, of all factors, are of."""
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
    """One page that needs no other file. svgs: file name -> the figure that stands in its place."""
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
        "Bad: diverged or collapsed, with the 95 % interval of their rate (Clopper-Pearson). Final mean: with its 95 % "
        f"interval (t). Band width: mean over epochs of the highest minus the lowest seed's {metric}.",
        "## Which factor mattered",
        effects.answer,
        "![Effects of the factors with 95 % intervals](effects.svg)",
        *effects.notes,
        *_findings(task, findings),
        _caveat(cells),
    ]
    return "\n\n".join(parts) + "\n"


def _what_was_run(task: Task, cells: Sequence[CellSummary]) -> str:
    """The seeds, what was learned from, and the levels of every factor."""
    levels = {
        factor: list(map(show, in_order(task, factor, (cell.levels[factor] for cell in cells))))
        for factor in cells[0].levels
    }
    varied = [f"{factor} {', '.join(found)}" for factor, found in levels.items() if len(found) > 1]
    fixed = [f"{factor} {found[0]}" for factor, found in levels.items() if len(found) == 1]
    seeds = sorted({seed for cell in cells for seed in cell.seeds})
    hashes = sorted({found for cell in cells for found in cell.dataset_hashes})
    return (
        f"{len(cells)} cells, seeds {', '.join(map(str, seeds))}; content of the data "
        f"{', '.join(hashes) or 'unknown'}. What varies: {'; '.join(varied) or 'nothing'}. "
        f"What does not: {', '.join(fixed) or 'nothing'}."
    )


def _table(task: Task, cells: Sequence[CellSummary]) -> str:
    """A row a cell: its name, its levels of the other factors in which the cells differ, its numbers."""
    factors = differing_beyond_name(task, [cell.levels for cell in cells])
    headings = ["cell", *factors, "runs", "bad", "rate of bad", "final mean", "final range", "band width"]
    rows = [f"| {' | '.join(headings)} |", f"|{'---|' * len(headings)}"]
    for cell in cells:
        runs, bad = evidence(cell)
        rate, final = cell.divergence, cell.final
        values = (
            f"{number(rate.rate, 2)} ({number(rate.low, 2)}-{number(rate.high, 2)})",
            f"{number(final.mean)} ({number(final.mean_low)} to {number(final.mean_high)})",
            value_range(final),
            number(cell.band_width),
        )
        levels = [show(cell.levels[factor]) for factor in factors]
        # As code, which the page keeps on one line and a reader can copy whole.
        rows.append(f"| {' | '.join([f'`{cell.cell}`', *levels, runs, bad, *values])} |")
    return "\n".join(rows)


def _findings(task: Task, findings: Sequence[Finding]) -> list[str]:
    if task.hypotheses is None:
        return []
    told = [_finding(number, finding) for number, finding in enumerate(findings, 1)]
    return [f"## {task.hypotheses.title}", *told, " ".join(task.hypotheses.remarks)]


def _finding(index: int, finding: Finding) -> str:
    rows = "\n".join(f"| {check.says} | {MARKS[check.holds]} |" for check in finding.checks)
    held = sum(check.holds is True for check in finding.checks)
    return (
        f"### {index}. {finding.claim}\n\n"
        f"**It {finding.verdict}**: {held} of {len(finding.checks)} checks agree with it.\n\n"
        f"| check | agrees |\n|---|---|\n{rows}"
    )


def _caveat(cells: Sequence[CellSummary]) -> str:
    weakest = min((cell.evidence for cell in cells), key=lambda found: found.n)
    fewest = fewest_seeds(cell for cell in cells if cell.band_width is not None)
    parts = [f"How far to trust it: n = {weakest.n} seeds a cell show {weakest.says}."]
    if fewest is not None:
        chance = f"{inside_next(fewest):.0%}"
        parts.append(
            f"At any one epoch the next seed that survives falls inside a cell's band with probability {chance} or "
            f"more: the band with the fewest seeds has {fewest}."
        )
    return " ".join([*parts, weakest.more]).strip()


def _sentence_case(words: str) -> str:
    return words[:1].upper() + words[1:]
