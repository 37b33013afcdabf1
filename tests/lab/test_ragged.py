"""Curves of unequal length, against numpy one epoch at a time."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab.stability import band_width, stack_curves, summarise

RUNS = st.lists(st.lists(st.floats(0, 1), max_size=6), max_size=6)


@given(RUNS)
def test_every_epoch_tells_of_the_runs_that_reached_it_and_of_no_other(values: list[list[float]]) -> None:
    curves = stack_curves(values)
    final = np.array([curve[-1] for curve in values if curve])
    summary = summarise(curves, final)
    json.dumps(summary, allow_nan=False)
    assert len(summary["epochs"]) == max((len(curve) for curve in values), default=0)
    widths = []
    for row in summary["epochs"]:
        reached = [curve[row["epoch"] - 1] for curve in values if len(curve) >= row["epoch"]]
        assert row["n"] == len(reached)
        assert (row["min"], row["max"]) == (min(reached), max(reached))
        assert row["mean"] == pytest.approx(np.mean(reached))
        assert row["median"] == pytest.approx(np.median(reached))
        if len(reached) < 2:
            assert row["std"] is None
        else:
            assert row["std"] == pytest.approx(np.std(reached, ddof=1), abs=1e-12)
            widths.append(max(reached) - min(reached))
    assert summary["final"]["n"] == len(final)
    if widths:
        assert band_width(curves) == pytest.approx(np.mean(widths))
    else:
        assert summary["band_width"] is None
