"""Checks the paper's three findings (McInroe 2020) against the runs. Every check shows its numbers.

The paper shows its findings in a figure and names no limits. The limits here are ours, and every report shows them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from evenkeel.plugins import Check, Finding, Hypotheses, Outcome

if TYPE_CHECKING:
    from evenkeel.analysis.effects import Effects, Response, Term
    from evenkeel.analysis.summary import CellSummary

NEAR_PERFECT = 0.95  # mean final training accuracy
WIDE = 0.05  # mean width of the min-max band of the training accuracy
NEARLY = 2.0  # "nearly as stable" means a band that is at most this many times as wide
LEVELS = {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]}


def paper_findings(cells: Sequence[CellSummary], effects: Effects | None = None) -> list[Finding]:
    """The three findings, checked against the cells of a summary of training accuracy.

    A check is unknown if a cell that it needs is missing or has unfinished runs. Cells outside the paper's grid (other
    norms, architectures or inits) are ignored. If another factor varies, the first of its cells counts.

    Args:
        effects: The effects of the factors over the paper's levels (`LEVELS`). The third finding needs them for its
            order of the factors.
    """
    found: dict[tuple[str, str, str], CellSummary] = {}
    for cell in cells:
        found.setdefault((cell.levels["arch"], cell.levels["norm"], cell.levels["init"]), cell)
    inits = [init for init in ("he", "glorot") if any(key[2] == init for key in found)]

    def get(arch: str, norm: str, init: str) -> CellSummary | None:
        return found.get((arch, norm, init))

    with_norm = [(arch, init) for arch in ("yolo", "resnet") for init in inits]
    widest = max((_band(get(arch, "batch", init)) or 0.0 for arch, init in with_norm), default=0.0)
    return [
        Finding(
            "With batch norm, every network reaches near-perfect training accuracy with a narrow band.",
            [check for arch, init in with_norm for check in _trains_well(get(arch, "batch", init), arch, init)],
        ),
        Finding(
            "Tiny-YOLO without batch norm has a wide band and poor accuracy, whatever the initialisation.",
            [check for init in inits for check in _trains_badly(get("yolo", "none", init), init, widest)],
        ),
        Finding(
            "ResNet26 without batch norm is nearly as stable as with it. "
            "So architecture matters more than batch norm, and batch norm more than initialisation.",
            [_nearly_as_stable(get("resnet", "none", init), get("resnet", "batch", init), init) for init in inits]
            + [_narrower(get("resnet", "none", init), get("yolo", "none", init), init) for init in inits]
            + [
                _in_order(effects.responses.final if effects else None, "final accuracy", _difference),
                _in_order(effects.responses.spread if effects else None, "spread over seeds", _ratio, " x"),
            ],
        ),
    ]


def _trains_well(cell: CellSummary | None, arch: str, init: str) -> list[Check]:
    name, band, final = _name(cell, f"{arch}-batch-{init}"), _band(cell), _final(cell)
    return [
        Check(f"{name}: band {_show(band)}, narrow is at most {WIDE}", _and(band, lambda b: b <= WIDE)),
        Check(
            f"{name}: final accuracy {_show(final)}{_bad(cell)}, near-perfect is at least {NEAR_PERFECT}",
            _and(final, lambda a: a >= NEAR_PERFECT and not _bad(cell)),
        ),
    ]


def _trains_badly(cell: CellSummary | None, init: str, widest: float) -> list[Check]:
    name, band, final = _name(cell, f"yolo-none-{init}"), _band(cell), _final(cell)
    return [
        Check(
            f"{name}: band {_show(band)}, wide is over {WIDE} and over the widest with batch norm, {_show(widest)}",
            _and(band, lambda b: b > max(WIDE, widest)),
        ),
        Check(
            f"{name}: final accuracy {_show(final)}{_bad(cell)}, poor is under {NEAR_PERFECT}",
            _and(final, lambda a: a < NEAR_PERFECT or bool(_bad(cell))),
        ),
    ]


def _nearly_as_stable(bare: CellSummary | None, normed: CellSummary | None, init: str) -> Check:
    a, b = _band(bare), _band(normed)
    holds = None if a is None or b is None else a <= NEARLY * b and not _bad(bare)
    return Check(
        f"{_name(bare, f'resnet-none-{init}')}: band {_show(a)}{_bad(bare)}, nearly as narrow is at most {NEARLY:g} x "
        f"the {_show(b)} with batch norm",
        holds,
    )


def _narrower(resnet: CellSummary | None, yolo: CellSummary | None, init: str) -> Check:
    a, b = _band(resnet), _band(yolo)
    holds = None if a is None or b is None else a < b
    names = _name(resnet, f"resnet-none-{init}"), _name(yolo, f"yolo-none-{init}")
    return Check(f"{names[0]}: band {_show(a)}, narrower than the {_show(b)} of {names[1]}", holds)


def _in_order(response: Response | None, what: str, size_of: Callable[[float], float], unit: str = "") -> Check:
    """Whether the architecture had the largest effect, the norm the second, and the init the smallest.

    Only the sizes of the effects count. The p of each is shown beside it.
    """
    terms = {term.term: term for term in response.terms} if response else {}
    sizes = [_size(terms.get(factor), size_of) for factor in LEVELS]
    shown = [
        f"{factor} {_show(size)}{unit if size is not None else ''} (p {_show(_p(terms.get(factor)))})"
        for factor, size in zip(LEVELS, sizes, strict=True)
    ]
    known = [size for size in sizes if size is not None]
    holds = known[0] > known[1] > known[2] if len(known) == len(sizes) else None
    return Check(f"{what}, effect of {', '.join(shown)}: architecture over norm over initialisation", holds)


def _size(term: Term | None, size_of: Callable[[float], float]) -> float | None:
    """The size of the largest contrast of a factor, in either direction."""
    estimates = [contrast.estimate for contrast in term.contrasts] if term else []
    known = [size_of(estimate) for estimate in estimates if estimate is not None]
    return max(known) if known and len(known) == len(estimates) else None


def _difference(estimate: float) -> float:
    return abs(estimate)


def _ratio(estimate: float) -> float:
    """The ratio or its inverse, whichever is at least 1."""
    return max(estimate, 1 / estimate) if estimate > 0 else abs(estimate)


def _p(term: Term | None) -> float | None:
    return term.p_holm if term else None


def _name(cell: CellSummary | None, levels: str) -> str:
    """The name of the cell; if there is no such cell, the levels that were looked for."""
    return levels if cell is None else cell.cell


def _done(cell: CellSummary | None) -> bool:
    if cell is None:
        return False
    # This compares strings because `models` imports nothing of the library but the contract.
    status = {str(status): n for status, n in cell.num_runs.status.items()}
    return not (status["queued"] or status["running"]) and status["finished"] >= 2


def _band(cell: CellSummary | None) -> float | None:
    return cell.band_width if cell is not None and _done(cell) else None


def _final(cell: CellSummary | None) -> float | None:
    """The mean over the seeds; 0 if every run diverged."""
    if cell is None or not _done(cell):
        return None
    return 0.0 if cell.final.mean is None else cell.final.mean


def _bad(cell: CellSummary | None) -> str:
    """A text like ' (1 diverged, 1 collapsed)'; empty if there are no such runs."""
    outcome = cell.num_runs.outcome if cell is not None else {}
    words = [f"{n} {word}" for word in (Outcome.DIVERGED, Outcome.COLLAPSED) if (n := outcome.get(word, 0))]
    return f" ({', '.join(words)})" if words else ""


def _and(value: float | None, holds: Callable[[float], bool]) -> bool | None:
    return None if value is None else bool(holds(value))


def _show(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


HYPOTHESES = Hypotheses(
    title="The paper's three findings",
    levels=LEVELS,
    judge=paper_findings,
    remarks=(
        "The paper's data are Food-101.",
        "The limits in the checks are Evenkeel's own. The paper names none.",
    ),
)
