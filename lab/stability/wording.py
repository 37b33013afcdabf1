"""The answer of the factorial model in sentences that claim no more than its tests do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lab.stability.multiple import LEVEL

Term = Mapping[str, Any]
Contrast = Mapping[str, Any]


def answer(found: Mapping[str, Any], metric: str) -> str:
    """For each response the factors that mattered, the largest first, with estimate, interval and p; then those for
    which nothing could be shown, and how much all of it rests on."""
    if not found["factors"]:
        return "The cells differ in no factor, so that there is nothing to tell apart."
    if not found["num_runs"]:
        return "No run has finished yet."
    final, spread, divergence = (found["responses"][name] for name in ("final", "spread", "divergence"))
    parts = [
        _sentence(f"Final {metric}", final["terms"], _difference, lambda c: abs(c["estimate"])),
        _sentence("Spread over seeds", spread["terms"], _ratio, _times),
    ]
    if 0 < divergence["num_bad"] < divergence["num_runs"]:
        parts.append(_sentence("Divergence", divergence["terms"], _odds, _times))
    else:
        parts.append(f"Divergence: {divergence['num_bad']} of {divergence['num_runs']} runs diverged or collapsed.")
    low, high = found["seeds_per_cell"]
    seeds = f"{low}" if low == high else f"{low} to {high}"
    rests = f"This rests on {found['num_runs']} runs in {found['num_cells']} cells, {seeds} seeds each"
    return " ".join([*parts, f"{rests}; p by permutation within blocks, after Holm."])


def _sentence(
    name: str, terms: Sequence[Term], words: Callable[[Contrast], str], size: Callable[[Contrast], float]
) -> str:
    mains = [term for term in terms if term["order"] == 1]
    if all(term["matters"] is None for term in mains):
        return f"{name}: nothing can be said of any factor."
    mattering = sorted((term for term in mains if term["matters"]), key=lambda term: -_largest(term, size)[1])
    idle = [term["term"] for term in mains if not term["matters"]]
    told = [f"{_told(term, words, size)}{_together(term, terms)}" for term in mattering]
    if idle:
        told.append(f"no effect of {_listed(idle, 'or')} could be shown")
    return f"{name}: {'; '.join(told)}."


def _told(term: Term, words: Callable[[Contrast], str], size: Callable[[Contrast], float]) -> str:
    contrast, _ = _largest(term, size)
    p = f"p {term['p_holm']:.2g}"
    return f"{term['term']} mattered ({words(contrast)}, {p})" if contrast else f"{term['term']} mattered ({p})"


def _largest(term: Term, size: Callable[[Contrast], float]) -> tuple[Contrast | None, float]:
    known = [contrast for contrast in term["contrasts"] if contrast["estimate"] is not None]
    largest = max(known, key=size, default=None)
    return largest, size(largest) if largest else 0.0


def _together(main: Term, terms: Sequence[Term]) -> str:
    """Pairs with this factor whose own F stands even after Bonferroni; spreads have none, and nothing is said."""
    pairs = [term for term in terms if term["order"] == 2 and term["f"] is not None]
    found = [
        next(name for name in pair["term"].split(":") if name != main["term"])
        for pair in pairs
        if main["term"] in pair["term"].split(":") and pair["p"] * len(pairs) <= LEVEL
    ]
    return f", its size depending on {_listed(found, 'and')}" if found else ""


def _difference(contrast: Contrast) -> str:
    way = "above" if contrast["estimate"] > 0 else "below"
    if contrast["low"] is None:
        return f"{contrast['level']} {abs(contrast['estimate']):.3g} {way} {contrast['against']}"
    ends = sorted(abs(end) for end in (contrast["low"], contrast["high"])) if _one_sided(contrast, 0.0) else None
    shown = f"95 % {ends[0]:.3g} to {ends[1]:.3g}" if ends else _interval(contrast)
    return f"{contrast['level']} {abs(contrast['estimate']):.3g} {way} {contrast['against']}, {shown}"


def _ratio(contrast: Contrast) -> str:
    more, less, estimate, low, high = _upward(contrast)
    return f"{more} spreads {estimate:.2g} times as wide as {less}, 95 % {low} to {high}"


def _odds(contrast: Contrast) -> str:
    more, less, estimate, low, high = _upward(contrast)
    return f"{more} has {estimate:.2g} times the odds of {less}, 95 % {low} to {high}"


def _upward(contrast: Contrast) -> tuple[str, str, float, str, str]:
    """A ratio turned so that it is at least 1: (level, against, estimate, low, high)."""
    low, high = contrast["low"], contrast["high"]
    if contrast["estimate"] >= 1:
        return contrast["level"], contrast["against"], contrast["estimate"], _end(low, "0"), _end(high, "any")
    turned = [1 / end if end else None for end in (high, low)]
    return (
        contrast["against"],
        contrast["level"],
        1 / contrast["estimate"],
        _end(turned[0], "0"),
        _end(turned[1], "any"),
    )


def _times(contrast: Contrast) -> float:
    return float(max(contrast["estimate"], 1 / contrast["estimate"])) if contrast["estimate"] else float("inf")


def _one_sided(contrast: Contrast, nothing: float) -> bool:
    ends = (contrast["low"], contrast["high"])
    return None not in ends and (min(ends) - nothing) * (max(ends) - nothing) > 0


def _interval(contrast: Contrast) -> str:
    return f"95 % {_end(contrast['low'], '?')} to {_end(contrast['high'], '?')}"


def _end(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.2g}"


def _listed(names: Sequence[str], word: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
