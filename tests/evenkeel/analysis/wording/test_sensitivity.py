"""The sentences about ordered numeric factors claim what the tests show, and no more."""

from dataclasses import replace

from evenkeel.analysis.wording.sensitivity import sensitivity_says
from evenkeel.factors.sensitivity import AtLevel, Sensitivity
from evenkeel.factors.terms import Term
from evenkeel.factors.trend import Step, Trend

AT = [AtLevel(level, 3, 0, 0, 0.5) for level in (0.001, 0.01, 0.1)]
STEEP = Sensitivity("lr", {"norm": "none"}, 0.01, 0.314, 0.21, 0.45, 0, AT)
FLAT = Sensitivity("lr", {"norm": "batch"}, 0.01, 0.02, 0.0, 0.05, 0, AT)
STEPS = [Step(0.01, 0.001, 0.1, -0.1, 0.3, 0.2, 0.2), Step(0.1, 0.01, -0.34, -0.5, -0.2, 0.001, 0.002)]
MATTERS = Term("lr", 1, 2, 9.0, 0.01, 0.01, 0.02, 0.3, True, [])


def test_each_combination_has_its_size_and_interval() -> None:
    said = sensitivity_says([FLAT, STEEP], [], [], "accuracy", 0.05)
    assert said == (
        "Sensitivity of final accuracy to lr (0.001 to 0.1): 0.020 (95 % interval 0.000 to 0.050) with norm batch; "
        "0.31 (95 % interval 0.21 to 0.45) with norm none."
    )


def test_runs_without_a_finite_value_are_said_to_be_left_out() -> None:
    said = sensitivity_says([replace(STEEP, high=None, left_out=2), FLAT], [], [], "loss", 0.05)
    assert ": more than 0.21 with norm none; 0.020 (" in said
    assert said.endswith("2 diverged runs have no finite value and are left out, so the true sensitivity is larger.")


def test_a_step_is_told_only_if_the_factor_matters_and_the_step_is_shown() -> None:
    trend = Trend("lr", STEPS)
    told = "Along lr, final accuracy falls by 0.34 from 0.01 to 0.1 (p = 0.002)."
    assert sensitivity_says([], [trend], [MATTERS], "accuracy", 0.05) == told
    assert sensitivity_says([], [trend], [replace(MATTERS, matters=False)], "accuracy", 0.05) == ""
    assert sensitivity_says([], [Trend("lr", STEPS[:1])], [MATTERS], "accuracy", 0.05) == ""


def test_without_an_ordered_factor_nothing_is_said_and_many_combinations_are_counted() -> None:
    assert sensitivity_says([], [], [], "accuracy", 0.05) == ""
    assert sensitivity_says([STEEP] * 7, [], [], "accuracy", 0.05).endswith("; and 3 more combinations.")
    alone = replace(STEEP, levels={}, low=None, high=None)
    assert sensitivity_says([alone], [], [], "accuracy", 0.05).endswith("(0.001 to 0.1): 0.31.")
