"""Holm's correction agrees with statsmodels."""

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from evenkeel.statistics.multiple import holm


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        # statsmodels collects garbage at each call, which takes most of a second if torch is loaded.
        patch.setattr(gc, "collect", lambda: 0)
        expected = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(list(expected))


def test_what_was_not_tested_does_not_count_in_holm() -> None:
    assert holm([0.02, None, 0.04]) == pytest.approx([0.04, None, 0.04])
    assert holm([]) == []
