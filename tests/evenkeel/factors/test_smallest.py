"""The smallest effect that a design would show is found in about four of five studies."""

import numpy as np
import pytest

from evenkeel.factors.diverging import divergence_response
from evenkeel.factors.responses import final_response, spread_response
from evenkeel.factors.smallest import smallest_rise
from evenkeel.factors.study import study_of
from evenkeel.factors.terms import Response
from evenkeel.statistics.multiple import LEVEL

CELLS = [{"norm": norm, "init": init} for norm in ("batch", "none") for init in ("he", "glorot")]
SEEDS, EPOCHS = 6, 4
CELL = np.repeat(np.arange(4), SEEDS)
BARE = CELL >= 2


def fit(response: str, effect: float, rng: np.random.Generator) -> Response:
    """The response of a grid in which level none of norm has this effect."""
    study = study_of(CELLS, CELL, np.arange(len(CELL)), 0, 199, LEVEL)
    curves = rng.normal(size=(len(CELL), EPOCHS))
    if response == "final":
        return final_response(study, curves[:, -1] + effect * BARE)
    if response == "spread":
        return spread_response(study, curves * np.where(BARE, effect, 1.0)[:, np.newaxis])
    return divergence_response(study, rng.uniform(size=len(CELL)) < 0.2 + effect * BARE)


@pytest.mark.slow
@pytest.mark.parametrize(("response", "nothing"), [("final", 0.0), ("spread", 1.0), ("divergence", 0.0)])
def test_the_smallest_effect_is_found_in_about_four_of_five_studies(response: str, nothing: float) -> None:
    rng, found = np.random.default_rng(0), []
    for _ in range(40):
        effect = fit(response, nothing, rng).terms[0].smallest_effect
        if effect is None:
            continue
        # The first step of Holm's correction over two factors.
        found.append(fit(response, effect, rng).terms[0].p_permutation <= 0.025)
    assert np.mean(found) == pytest.approx(0.8, abs=0.19)


def test_where_no_p_can_be_small_enough_no_effect_is_named() -> None:
    study = study_of(CELLS, np.repeat(np.arange(4), 1), np.arange(4), 0, 199, LEVEL)
    assert {term.smallest_effect for term in final_response(study, np.arange(4.0)).terms} == {None}


def test_a_rate_cannot_rise_above_1() -> None:
    assert smallest_rise(0.9, np.array([4, 4]), 0.05) is None
