"""What the runs say of the paper's three findings (McInroe 2020), check by check, with the numbers.

The paper shows its findings in a figure and names no limits; these are ours, declared here and in every report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lab.status import Outcome, Status

NEAR_PERFECT = 0.95  # mean final training accuracy
WIDE = 0.05  # mean width of the min-max band of the training accuracy
NEARLY = 2.0  # "nearly as stable": a band at most this many times as wide
LEVELS = {"arch": ["yolo", "resnet"], "norm": ["batch", "none"], "init": ["he", "glorot"]}


class Verdict(StrEnum):
    HOLDS = "holds"
    IN_PART = "holds in part"
    NOT = "does not hold"
    UNKNOWN = "cannot be said"


@dataclass(frozen=True)
class Check:
    """One comparison of numbers and whether it comes out as the finding says; None where a number is missing."""

    says: str
    holds: bool | None


@dataclass(frozen=True)
class Finding:
    claim: str
    checks: list[Check]

    @property
    def verdict(self) -> Verdict:
        held = [check.holds for check in self.checks]
        if not held or None in held:
            return Verdict.UNKNOWN
        return Verdict.HOLDS if all(held) else Verdict.IN_PART if any(held) else Verdict.NOT


def paper_findings(cells: Sequence[Mapping[str, Any]], effects: Mapping[str, Any] | None = None) -> list[Finding]:
    """The three findings over the cells of a summary of training accuracy (`api.schemas.summary.CellSummary`).

    effects: of the factors among the paper's levels (`LEVELS`; `lab.stability.effects`), for the order of the third
    finding. A cell of the paper's grid that is missing or has unfinished runs makes its checks unknown. Cells beyond
    the paper's grid (other norms, architectures, inits) are not looked at; where a factor beyond it varies the first
    cell counts.
    """
    found: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for cell in cells:
        levels = cell["levels"]
        found.setdefault((levels["arch"], levels["norm"], levels["init"]), cell)
    inits = [init for init in ("he", "glorot") if any(key[2] == init for key in found)]

    def get(arch: str, norm: str, init: str) -> Mapping[str, Any] | None:
        return found.get((arch, norm, init))

    with_norm = [(arch, init) for arch in ("yolo", "resnet") for init in inits]
    widest = max((_band(get(arch, "batch", init)) or 0.0 for arch, init in with_norm), default=0.0)
    return [
        Finding(
            "With batch norm every network trains with a narrow band to near-perfect training accuracy.",
            [check for arch, init in with_norm for check in _trains_well(get(arch, "batch", init), arch, init)],
        ),
        Finding(
            "Tiny-YOLO without batch norm has a wide band and poor accuracy, whatever the initialisation.",
            [check for init in inits for check in _trains_badly(get("yolo", "none", init), init, widest)],
        ),
        Finding(
            "ResNet26 without batch norm is nearly as stable as with it. "
            "So architecture matters more than batch norm, and that more than initialisation.",
            [_nearly_as_stable(get("resnet", "none", init), get("resnet", "batch", init), init) for init in inits]
            + [_narrower(get("resnet", "none", init), get("yolo", "none", init), init) for init in inits]
            + [_in_order(effects, response) for response in ("final", "spread")],
        ),
    ]


def _trains_well(cell: Mapping[str, Any] | None, arch: str, init: str) -> list[Check]:
    name, band, final = f"{arch}-batch-{init}", _band(cell), _final(cell)
    return [
        Check(f"{name}: band {_show(band)}, narrow is at most {WIDE}", _and(band, lambda b: b <= WIDE)),
        Check(
            f"{name}: final accuracy {_show(final)}{_bad(cell)}, near-perfect is at least {NEAR_PERFECT}",
            _and(final, lambda a: a >= NEAR_PERFECT and not _bad(cell)),
        ),
    ]


def _trains_badly(cell: Mapping[str, Any] | None, init: str, widest: float) -> list[Check]:
    name, band, final = f"yolo-none-{init}", _band(cell), _final(cell)
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


def _nearly_as_stable(bare: Mapping[str, Any] | None, normed: Mapping[str, Any] | None, init: str) -> Check:
    a, b = _band(bare), _band(normed)
    holds = None if a is None or b is None else a <= NEARLY * b and not _bad(bare)
    return Check(
        f"resnet-none-{init}: band {_show(a)}{_bad(bare)}, nearly as narrow is at most {NEARLY:g} x the {_show(b)} "
        "with batch norm",
        holds,
    )


def _narrower(resnet: Mapping[str, Any] | None, yolo: Mapping[str, Any] | None, init: str) -> Check:
    a, b = _band(resnet), _band(yolo)
    holds = None if a is None or b is None else a < b
    return Check(f"resnet-none-{init}: band {_show(a)}, narrower than the {_show(b)} of yolo-none-{init}", holds)


def _in_order(effects: Mapping[str, Any] | None, response: str) -> Check:
    """Whether architecture had the largest effect, norm the next, init the least, by size alone; each p stands by."""
    terms = {term["term"]: term for term in effects["responses"][response]["terms"]} if effects else {}
    sizes = [_size(terms.get(factor), response) for factor in LEVELS]
    unit, what = (" x", "spread over seeds") if response == "spread" else ("", "final accuracy")
    shown = [
        f"{factor} {_show(size)}{unit if size is not None else ''} (p {_show(terms.get(factor, {}).get('p_holm'))})"
        for factor, size in zip(LEVELS, sizes, strict=True)
    ]
    known = [size for size in sizes if size is not None]
    holds = known[0] > known[1] > known[2] if len(known) == len(sizes) else None
    return Check(f"{what}, effect of {', '.join(shown)}: architecture over norm over initialisation", holds)


def _size(term: Mapping[str, Any] | None, response: str) -> float | None:
    """The largest contrast of a factor, whichever way it goes: a difference, or a ratio of at least 1."""
    found: list[float] = [contrast["estimate"] for contrast in term["contrasts"]] if term else []
    if not found or None in found:
        return None
    return max(max(x, 1 / x) if response == "spread" and x > 0 else abs(x) for x in found)


def _done(cell: Mapping[str, Any] | None) -> bool:
    if cell is None:
        return False
    status = cell["num_runs"]["status"]
    return not (status[Status.QUEUED] or status[Status.RUNNING]) and status[Status.FINISHED] >= 2


def _band(cell: Mapping[str, Any] | None) -> float | None:
    return cell["band_width"] if cell is not None and _done(cell) else None


def _final(cell: Mapping[str, Any] | None) -> float | None:
    """Mean over the seeds; 0 where every one diverged."""
    if cell is None or not _done(cell):
        return None
    mean = cell["final"]["mean"]
    return 0.0 if mean is None else mean


def _bad(cell: Mapping[str, Any] | None) -> str:
    """' (1 diverged, 1 collapsed)', or nothing."""
    outcome = cell["num_runs"]["outcome"] if cell is not None else {}
    words = [f"{n} {word}" for word in (Outcome.DIVERGED, Outcome.COLLAPSED) if (n := outcome.get(word, 0))]
    return f" ({', '.join(words)})" if words else ""


def _and(value: float | None, holds: Any) -> bool | None:
    return None if value is None else bool(holds(value))


def _show(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
