"""Puts the results of the factorial model into sentences that claim no more than its tests do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evenkeel.analysis.wording.breaking import MEANS
from evenkeel.analysis.wording.counted import NONE, Others, rests_says
from evenkeel.analysis.wording.lists import listed
from evenkeel.factors.effects import Effects
from evenkeel.factors.terms import Term
from evenkeel.statistics.values import Value

MOST_SIMPLE = 4  # differences that a sentence names


@dataclass(frozen=True)
class Estimated:
    """A contrast whose size could be estimated."""

    level: str
    against: str
    estimate: float
    low: Value
    high: Value


Call = Callable[[str], str]
Words = Callable[[Estimated], str]
Size = Callable[[Estimated], float]


def answer(found: Effects, metric: str, breaking: str = "", others: Others = NONE, call: Call = str) -> str:
    """Say where training breaks, and then for each response which factors mattered.

    The factor with the largest effect comes first, with estimate, interval and p. Then come the factors for which no
    effect could be shown, and how large an effect has to be to be found. The last sentences say how many runs this
    rests on, and where p comes from.

    Args:
        found: The effects of the cells that count.
        metric: The name of the metric, with how a diverged run counts.
        breaking: Where training breaks; empty if no cell is unstable.
        others: The cells that do not count yet.
        call: How a factor is called in sentences.
    """
    return " ".join(filter(None, [breaking, _which_mattered(found, metric, others, call)]))


def headline(found: Effects, metric: str, breaking: str = "", others: Others = NONE, call: Call = str) -> str:
    """The most important part of `answer` as one sentence: where training breaks, or else which factor did most to the
    final value. The arguments are those of `answer`."""
    if breaking:
        return breaking.removesuffix(MEANS).strip()
    if not found.factors or not found.num_runs:
        return _which_mattered(found, metric, others, call)
    told = _told_all(found.responses.final.terms, _difference, _size, call)
    more = f"; and {len(told) - 1} more effect{'s' * (len(told) > 2)}" if told[1:] else ""
    nothing = f"no factor could be shown to matter{' yet' if others.cells else ''}"
    return f"Final {metric}: {told[0] if told else nothing}{more}."


def _which_mattered(found: Effects, metric: str, others: Others, call: Call) -> str:
    if not found.factors:
        return "The cells do not differ in any factor, so there is nothing to compare."
    if not found.num_runs:
        return "In no cell have all seeds ended yet." if others.cells else "No run has finished yet."
    final, spread, divergence = found.responses.final, found.responses.spread, found.responses.divergence
    parts = [
        _sentence(f"Final {metric}", final.terms, _difference, _size, "an effect under {:.2g}", call),
        _sentence("Spread over seeds", spread.terms, _ratio, _times, "a ratio under {:.2g}", call),
    ]
    if divergence.num_bad not in (0, divergence.num_runs):
        rate = "a rate that rises by less than {:.2g}"
        parts.append(_sentence("Divergence", divergence.terms, _odds, _times, rate, call))
    else:
        which = f"the {divergence.num_runs} runs that count" if others.cells else f"{divergence.num_runs} runs"
        parts.append(f"Divergence: {divergence.num_bad} of {which} diverged or collapsed.")
    parts.append(rests_says(found, others))
    return " ".join([*parts, "Each p is from permutations within blocks, after Holm's correction."])


def _sentence(name: str, terms: Sequence[Term], words: Words, size: Size, smallest: str, call: Call) -> str:
    mains = [term for term in terms if term.order == 1]
    if all(term.matters is None for term in mains):
        return f"{name}: nothing can be said about any factor."
    idle = [call(term.term) for term in mains if not term.matters]
    told = _told_all(terms, words, size, call)
    if idle:
        told.append(f"no effect of {listed(idle, 'or')} could be shown")
    missed = [term.smallest_effect for term in mains if not term.matters and term.smallest_effect is not None]
    if missed:
        told.append(f"this many seeds would miss {smallest.format(min(missed))} in more than one study of five")
    return f"{name}: {'; '.join(told)}."


def _told_all(terms: Sequence[Term], words: Words, size: Size, call: Call) -> list[str]:
    """A clause for each factor that mattered, the largest effect first, and for each two that only act together."""
    mains = [term for term in terms if term.order == 1]
    mattering = sorted((term for term in mains if term.matters), key=lambda term: -_largest(term, size)[1])
    idle = {term.term for term in mains if not term.matters}
    pairs = [term for term in terms if term.order == 2 and term.matters]
    told = [f"{_told(term, words, size, call)}{_together(term, terms, call)}" for term in mattering]
    return [*told, *(_act_together(pair, call) for pair in pairs if set(_factors(pair)) <= idle)]


def _told(term: Term, words: Words, size: Size, call: Call) -> str:
    contrast, _ = _largest(term, size)
    how = f"{words(contrast)}, " if contrast else ""
    return f"{call(term.term)} mattered ({how}p = {term.p_holm:.2g})"


def _largest(term: Term, size: Size) -> tuple[Estimated | None, float]:
    known = [
        Estimated(contrast.level, contrast.against, contrast.estimate, contrast.low, contrast.high)
        for contrast in term.contrasts
        if contrast.estimate is not None
    ]
    # p is the whole factor's. Beside it, a difference that may as well be none would read like a contradiction.
    none = 0.0 if size is _size else 1.0
    largest = max([each for each in known if _excludes(each, none)] or known, key=size, default=None)
    return largest, size(largest) if largest else 0.0


def _excludes(contrast: Estimated, value: float) -> bool:
    return contrast.low is not None and contrast.high is not None and not contrast.low <= value <= contrast.high


def _together(main: Term, terms: Sequence[Term], call: Call) -> str:
    """Names the factors on which the effect of this factor depends."""
    pairs = [_factors(pair) for pair in terms if pair.order == 2 and pair.matters and main.term in _factors(pair)]
    found = [call(next(name for name in names if name != main.term)) for names in pairs]
    return f", and the size of its effect depends on {listed(found, 'and')}" if found else ""


def _act_together(pair: Term, call: Call) -> str:
    """Says how two factors act together that do not matter on their own, as in a crossover."""
    first, second = _factors(pair)
    told = [
        f"with {each.at}, {_difference(Estimated(each.level, each.against, each.estimate, each.low, each.high))}"
        for each in pair.simple_effects
        if each.factor == second and each.estimate is not None
    ]
    sizes = f": {'; '.join(told[:MOST_SIMPLE])}" if told else ""
    return f"{call(first)} and {call(second)} act together (p = {pair.p_holm:.2g}){sizes}"


def _factors(term: Term) -> list[str]:
    """The two factors of a pair."""
    return term.term.split(":")


def _size(contrast: Estimated) -> float:
    return abs(contrast.estimate)


def _times(contrast: Estimated) -> float:
    return float(max(contrast.estimate, 1 / contrast.estimate)) if contrast.estimate else float("inf")


def _difference(contrast: Estimated) -> str:
    way = "above" if contrast.estimate > 0 else "below"
    told = f"{contrast.level} is {abs(contrast.estimate):.3g} {way} {contrast.against}"
    low, high = contrast.low, contrast.high
    if low is None:
        return told
    if high is not None and low * high > 0:
        near, far = sorted((abs(low), abs(high)))
        return f"{told}, 95 % interval {near:.3g} to {far:.3g}"
    return f"{told}, 95 % interval {_end(low, '?')} to {_end(high, '?')}"


def _ratio(contrast: Estimated) -> str:
    more, less, estimate, low, high = _upward(contrast)
    return f"{more} spreads {estimate:.2g} times as wide as {less}, 95 % interval {low} to {high}"


def _odds(contrast: Estimated) -> str:
    more, less, estimate, low, high = _upward(contrast)
    return f"{more} has {estimate:.2g} times the odds of {less}, 95 % interval {low} to {high}"


def _upward(contrast: Estimated) -> tuple[str, str, float, str, str]:
    """Turn a ratio so that it is at least 1: (level, against, estimate, low, high)."""
    low, high = contrast.low, contrast.high
    if contrast.estimate >= 1:
        return contrast.level, contrast.against, contrast.estimate, _end(low, "0"), _end(high, "any")
    low, high = (1 / end if end else None for end in (high, low))
    return contrast.against, contrast.level, 1 / contrast.estimate, _end(low, "0"), _end(high, "any")


def _end(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.2g}"
