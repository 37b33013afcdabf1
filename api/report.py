"""A report of an experiment on the paper's grid: what was run, the figure, the table, the three findings."""

from collections.abc import Mapping, Sequence
from typing import Any

from markdown_it import MarkdownIt

from api.tables import evidence, number, value_range
from lab.findings import Finding, paper_findings

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


def write_markdown(summary: Mapping[str, Any], figure: str) -> str:
    """The report of a summary of training accuracy; `figure` is the name of the image beside it."""
    cells: Sequence[Mapping[str, Any]] = summary["cells"]
    parts = [
        f"# Does it train stably? Experiment `{summary['experiment']}`",
        _what_was_run(cells),
        f"![Training accuracy: mean and min-max band over the seeds]({figure})",
        "## What came out",
        _table(cells),
        "Band width: mean over epochs of the highest minus the lowest seed's training accuracy.",
        "## The paper's three findings",
        *(_finding(number, finding) for number, finding in enumerate(paper_findings(cells), 1)),
        _caveat(cells),
    ]
    return "\n\n".join(parts) + "\n"


def to_html(markdown: str, figure: str, svg: str) -> str:
    """One page that needs no other file: the figure stands in it."""
    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    image = body.index(f'<img src="{figure}"')
    end = body.index(">", image) + 1
    inline = svg[svg.index("<svg") :]
    title = markdown.splitlines()[0].lstrip("# ").replace("`", "")
    return PAGE.format(title=title, body=body[:image] + inline + body[end:])


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
        "| cell | runs | diverged, collapsed | final mean | final range | band width |",
        "|---|---|---|---|---|---|",
    ]
    for cell in cells:
        runs, bad = evidence(cell)
        values = (number(cell["final"]["mean"]), value_range(cell["final"]), number(cell["band_width"]))
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
    n = min((len(cell["seeds"]) for cell in cells), default=0)
    if n < 2:
        return f"With {n} seeds a cell no band can be drawn."
    return (
        f"How far to trust it: with {n} seeds a cell, the next seed would fall inside a band with probability "
        f"{(n - 1) / (n + 1):.0%}. The limits in the checks are Evenkeel's own; the paper names none. More seeds: post "
        "the same grid again with a larger `seeds`."
    )
