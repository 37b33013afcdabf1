"""The paper's three findings (McInroe 2020), judged by tests. Every part of a finding shows its numbers and its p.

The paper shows its findings in a figure and names no limits. The limits here are ours, and every report shows them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from evenkeel.plugins import Check, Finding
from models.paper.claims import NARROW, NEAR_PERFECT, NEARLY, Network, Tested, narrow, narrower, near_perfect, networks
from models.paper.hypotheses import LEVELS

if TYPE_CHECKING:
    from evenkeel.analysis.effects import Effects, Term
    from evenkeel.analysis.summary import CellSummary

LEVEL = 0.05

Part = tuple[str, Tested | None]  # what it says, and its test; None if a number is missing
Key = tuple[str, str, str]


def paper_findings(cells: Sequence[CellSummary], effects: Effects | None = None) -> list[Finding]:
    """The three findings, judged by the cells of a summary of training accuracy.

    Each part of a finding is shown, or its opposite is shown, or neither. It is unknown if a cell that it needs is
    missing or has unfinished runs. Cells outside the paper's grid (other norms, architectures or inits) are ignored. If
    another factor varies, the first of its cells counts.

    That architecture matters more than batch norm is read as: batch norm matters less in ResNet26 than in Tiny-YOLO.
    The main effects cannot tell. Where only one of four networks is bad, both are half of its loss.

    Args:
        effects: The effects of the factors over the paper's levels (`LEVELS`), for the third finding.
    """
    names: dict[Key, CellSummary] = {}
    for cell in cells:
        key = (cell.levels["arch"], cell.levels["norm"], cell.levels["init"])
        if all(level in LEVELS[factor] for factor, level in zip(LEVELS, key, strict=True)):
            names.setdefault(key, cell)
    found = dict(zip(names, networks(list(names.values())), strict=True))
    inits = [init for init in LEVELS["init"] if any(key[2] == init for key in names)]

    def about(name: Key) -> tuple[str, Network | None]:
        return (names[name].cell if name in names else "-".join(name)), found.get(name)

    with_norm = [about((arch, "batch", init)) for arch in LEVELS["arch"] for init in inits]
    bare = [about(("yolo", "none", init)) for init in inits]
    steady = [about(("resnet", "none", init)) for init in inits]
    return [
        _finding(
            "With batch norm, every network reaches near-perfect training accuracy with a narrow band.",
            [part for network in with_norm for part in (_near_perfect(*network), _narrow(*network))],
        ),
        _finding(
            "Tiny-YOLO without batch norm has a wide band and poor accuracy, whatever the initialisation.",
            [
                part
                for own, init in zip(bare, inits, strict=True)
                for part in (
                    _turned(_near_perfect(*own)),
                    _turned(_narrow(*own)),
                    _narrower(about(("yolo", "batch", init)), own),
                )
            ],
        ),
        _finding(
            "ResNet26 without batch norm is nearly as stable as with it. "
            "So architecture matters more than batch norm, and batch norm more than initialisation.",
            [
                part
                for own, other, init in zip(steady, bare, inits, strict=True)
                for part in (
                    _narrower(own, about(("resnet", "batch", init)), NEARLY),
                    _narrower(own, other),
                )
            ]
            + [_interaction(effects, found, inits), _larger(effects)],
        ),
    ]


def _finding(claim: str, parts: Sequence[Part]) -> Finding:
    """The opposite of a part has to be shown at a level that is corrected for the number of parts."""
    checks = []
    for says, test in parts:
        holds = None
        if test is not None and test.p <= LEVEL:
            holds = True
        elif test is not None and test.opposite <= LEVEL / len(parts):
            holds = False
        checks.append(Check(says, holds, test.p if test else None))
    return Finding(claim, checks)


def _near_perfect(name: str, network: Network | None) -> Part:
    median = f"{np.median(network.finals):.3f}{_lost(network)}" if network else "unknown"
    says = f"{name}: median final accuracy {median}, near-perfect is over {NEAR_PERFECT}"
    return says, near_perfect(network) if network else None


def _narrow(name: str, network: Network | None) -> Part:
    return f"{name}: spread {_spread(network)}, narrow is under {NARROW}", narrow(network) if network else None


def _turned(part: Part) -> Part:
    """The part that claims the opposite."""
    says, test = part
    turned = says.replace("near-perfect is over", "poor is under").replace("narrow is under", "wide is over")
    return turned, test.turned if test else None


def _narrower(own: tuple[str, Network | None], other: tuple[str, Network | None], margin: float = 1.0) -> Part:
    limit = "under the" if margin == 1 else f"nearly as stable is under {margin:g} x the"
    says = f"{own[0]}: spread {_spread(own[1])}, {limit} {_spread(other[1])} of {other[0]}"
    return says, narrower(own[1], other[1], margin) if own[1] and other[1] else None


def _interaction(effects: Effects | None, found: dict[Key, Network | None], inits: Sequence[str]) -> Part:
    """Batch norm raises the final accuracy of Tiny-YOLO more than that of ResNet26: the permuted interaction."""
    term = _term(effects, "arch:norm")
    means = {key: float(network.finals.mean()) for key, network in found.items() if network}
    needed = [(arch, norm, init) for arch in LEVELS["arch"] for norm in LEVELS["norm"] for init in inits]
    if term is None or term.p_holm is None or not inits or any(key not in means for key in needed):
        return "batch norm raises the final accuracy of Tiny-YOLO more than that of ResNet26: unknown", None
    gains = [
        sum(means[arch, "batch", init] - means[arch, "none", init] for init in inits) / len(inits)
        for arch in LEVELS["arch"]
    ]
    says = f"batch norm raises the final accuracy of Tiny-YOLO by {gains[0]:.2g}, that of ResNet26 by {gains[1]:.2g}"
    return says, Tested(term.p_holm, 1.0) if gains[0] > gains[1] else Tested(1.0, term.p_holm)


def _larger(effects: Effects | None) -> Part:
    """Norm has a larger effect on the final accuracy than init: a z test of the difference of their sizes.

    The standard errors follow from the intervals. Divided by 1.96 instead of the quantile of t, they are too large.
    """
    sizes, errors = [], []
    for factor in ("norm", "init"):
        term = _term(effects, factor)
        for contrast in term.contrasts if term else []:
            if contrast.estimate is not None and contrast.low is not None and contrast.high is not None:
                sizes.append(abs(contrast.estimate))
                errors.append((contrast.high - contrast.low) / 2 / 1.96)
    if len(sizes) != 2:
        return "effect of norm on the final accuracy over that of init: unknown", None
    z = (sizes[0] - sizes[1]) / (errors[0] ** 2 + errors[1] ** 2) ** 0.5
    says = f"effect of norm on the final accuracy {sizes[0]:.2g}, over that of init, {sizes[1]:.2g}"
    return says, Tested(float(norm.sf(z)), float(norm.cdf(z)))


def _term(effects: Effects | None, name: str) -> Term | None:
    terms = effects.responses.final.terms if effects else []
    return next((term for term in terms if term.term == name), None)


def _spread(network: Network | None) -> str:
    if network is None:
        return "unknown"
    return f"{'none' if network.spread is None else format(network.spread, '.2g')}{_lost(network)}"


def _lost(network: Network) -> str:
    return f" ({network.bad} of {network.n} diverged or collapsed)" if network.bad else ""
