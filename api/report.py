"""A report of an experiment on the paper's grid: what was run, the figure, the table, the three findings."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt

from api.tables import evidence, number, value_range
from lab.findings import Finding, paper_findings
from lab.stability.evidence import inside_next

MARKS = {True: "yes", False: "**no**", None: "unknown"}
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem; color: #222 }}
table {{ border-collapse: collapse; width: 100%; font-size: 0.9rem }}
th, td {{ border-bottom: 1px solid #ddd; padding: 0.3rem 0.6rem; text-align: left; vertical-align: top }}
svg, img {{ max-width: 100%; height: auto }}
</style></head><body>
{body}
</body></html>
"""


def write_markdown(
    summary: Mapping[str, Any], effects: Mapping[str, Any], paper_effects: Mapping[str, Any] | None
) -> str:
    """The report of a summary of training accuracy. figure1.svg and effects.svg are to lie beside it.

    effects: of all factors; paper_effects: among the paper's levels alone, None where there are no such cells.
    """
    cells: Sequence[Mapping[str, Any]] = summary["cells"]
    parts = [
        f"# Does it train stably? Experiment `{summary['experiment']}`",
        _what_was_run(cells),
        "![Training accuracy: mean and min-max band over the seeds](figure1.svg)",
        "## What came out",
        _table(cells),
        "Bad: diverged or collapsed, with the 95 % interval of their rate (Clopper-Pearson). Final mean: with its 95 % "
        "interval (t). Band width: mean over epochs of the highest minus the lowest seed's training accuracy.",
        "## Which factor mattered",
        effects["answer"],
        "![Effects of the factors with 95 % intervals](effects.svg)",
        *effects["notes"],
        "## The paper's three findings",
        *(_finding(number, finding) for number, finding in enumerate(paper_findings(cells, paper_effects), 1)),
        _caveat(cells),
    ]
    return "\n\n".join(parts) + "\n"


def to_html(markdown: str, svgs: Mapping[str, str]) -> str:
    """One page that needs no other file. svgs: file name -> the figure that stands in its place."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    for name, svg in svgs.items():
        image = body.index(f'<img src="{name}"')
        body = body[:image] + svg[svg.index("<svg") :] + body[body.index(">", image) + 1 :]
    title = escape(markdown.splitlines()[0].lstrip("# ").replace("`", ""))
    return PAGE.format(title=title, body=body)


def _what_was_run(cells: Sequence[Mapping[str, Any]]) -> str:
    def levels(name: str) -> str:
        return ", ".join(dict.fromkeys(str(cell["levels"][name]) for cell in cells))

    seeds = sorted({seed for cell in cells for seed in cell["seeds"]})
    hashes = sorted({found for cell in cells for found in cell["dataset_hashes"]})
    where = "the paper's data" if levels("dataset") == "food101" else "**not the paper's data**, which are Food-101"
    return (
        f"{len(cells)} cells, seeds {', '.join(map(str, seeds))}; dataset {levels('dataset')} at "
        f"{levels('image_size')} pixels ({where}; content {', '.join(hashes) or 'unknown'}); width {levels('width')}, "
        f"{levels('epochs')} epochs, {levels('optimizer')} at {levels('lr')}, batches of {levels('batch_size')}."
    )


def _table(cells: Sequence[Mapping[str, Any]]) -> str:
    rows = [
        "| cell | runs | bad | rate of bad | final mean | final range | band width |",
        "|---|---|---|---|---|---|---|",
    ]
    for cell in cells:
        runs, bad = evidence(cell)
        rate, final = cell["divergence"], cell["final"]
        values = (
            f"{number(rate['rate'], 2)} ({number(rate['low'], 2)}-{number(rate['high'], 2)})",
            f"{number(final['mean'])} ({number(final['mean_low'])} to {number(final['mean_high'])})",
            value_range(final),
            number(cell["band_width"]),
        )
        rows.append(f"| {cell['cell']} | {runs} | {bad} | {' | '.join(values)} |")
    return "\n".join(rows)


def _finding(index: int, finding: Finding) -> str:
    rows = "\n".join(f"| {check.says} | {MARKS[check.holds]} |" for check in finding.checks)
    held = sum(check.holds is True for check in finding.checks)
    return (
        f"### {index}. {finding.claim}\n\n"
        f"**It {finding.verdict}**: {held} of {len(finding.checks)} checks come out as it says.\n\n"
        f"| check | as it says |\n|---|---|\n{rows}"
    )


def _caveat(cells: Sequence[Mapping[str, Any]]) -> str:
    weakest = min((cell["evidence"] for cell in cells), key=lambda found: found["n"])
    n, says, more = weakest["n"], weakest["says"], weakest["more"]
    return (
        f"How far to trust it: n = {n} seeds a cell show {says}. The next seed would fall inside a band with "
        f"probability {inside_next(n):.0%}. The limits in the checks are Evenkeel's own; the paper names none. {more}"
    )
