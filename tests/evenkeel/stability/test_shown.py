"""Every result prints itself, and becomes JSON, a DataFrame, LaTeX and a figure."""

import json
import sys
from typing import Any

import pytest
from frames import finals, grid

from api.schemas.summary import Summary as Answered
from evenkeel import stability
from evenkeel.analysis.compare import Comparisons
from evenkeel.analysis.effects import Effects
from evenkeel.reports.report import Report
from evenkeel.stability.shown import Shown, to_plain

RUNS = stability.runs(grid(), "accuracy", "higher", epoch="epoch")
EFFECTS = stability.effects(RUNS, permutations=999)
RESULTS: dict[str, Shown] = {
    "summary": stability.summary(RUNS, threshold=0.5),
    "effects": EFFECTS,
    "compare": stability.compare(RUNS, {"augmentation": "nothing"}, {"augmentation": "flip"}),
}


@pytest.mark.parametrize("name", RESULTS)
def test_it_becomes_json_a_table_for_each_place_and_a_figure(name: str) -> None:
    found = RESULTS[name]
    assert json.loads(json.dumps(found.to_dict(), allow_nan=False)) == found.to_dict()
    assert "\\toprule" in found.to_latex()
    assert found._repr_html_().startswith("<table>")
    assert found.figure().get_axes()
    assert len(found.to_frame()) >= 2
    assert str(found) == repr(found)


@pytest.mark.parametrize(
    ("found", "answered"),
    [
        (RESULTS["summary"], Answered),
        (RESULTS["effects"], Effects),
        (RESULTS["compare"], Comparisons),
        (stability.report(RUNS, EFFECTS), Report),
    ],
)
def test_the_shape_is_that_of_the_api(found: Any, answered: Any) -> None:
    from pydantic import TypeAdapter

    plain = found.to_dict()
    assert to_plain(TypeAdapter(answered).validate_python(plain)) == plain


def test_a_test_allows_every_star_and_every_bold_entry() -> None:
    far = stability.runs(finals(batch=[1.0, 1.1, 1.2, 1.3, 1.4], none=[2.0, 2.1, 2.2, 2.3, 2.4]), "loss", "lower")
    near = stability.runs(finals(batch=[1.0, 2.1, 1.2, 2.3, 1.4], none=[2.0, 1.1, 2.2, 1.3, 2.4]), "loss", "lower")
    assert str(stability.summary(far)).count("* better than every other cell") == 1
    assert stability.summary(far)._repr_html_().count("<b>") == stability.summary(far).to_latex().count("\\textbf") == 1
    for found in (stability.summary(near), stability.effects(near), stability.compare(near, {"norm": "none"})):
        assert "*" not in str(found)
        assert "<b>" not in found._repr_html_()
        assert "textbf" not in found.to_latex()


@pytest.mark.slow
def test_it_advises_no_post_of_a_grid() -> None:
    told = "".join(map(str, [*RESULTS.values(), stability.report(RUNS, EFFECTS)]))
    assert "post" not in told
    assert RUNS.cells[0].evidence.more == "With 10 seeds there is more to say."


def test_html_is_escaped() -> None:
    found = stability.summary(stability.runs(finals(**{"<b>": [1.0, 2.0], "&": [1.0, 2.0]}), "loss", "lower"))
    assert "&lt;b&gt;" in found._repr_html_()
    assert "<b>" not in found._repr_html_()


def test_a_dataframe_is_one_of_pandas_or_else_of_polars(monkeypatch: pytest.MonkeyPatch) -> None:
    pandas = pytest.importorskip("pandas")
    assert isinstance(EFFECTS.to_frame(), pandas.DataFrame)
    for name in ("pandas", "polars"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError, match=r"to_frame\(\) needs pandas or polars"):
        EFFECTS.to_frame()


def test_the_summary_has_a_frame_of_cells_of_epochs_and_of_runs() -> None:
    summary = stability.summary(RUNS)
    assert [len(summary.to_frame(table)) for table in ("cells", "epochs", "runs")] == [4, 16, len(grid()["seed"])]


def test_the_summary_draws_bands_regions_and_when_runs_reach_a_threshold() -> None:
    summary = stability.summary(RUNS, threshold=0.5)
    for kind in ("bands", "region", "reaching"):
        assert summary.figure(kind).get_axes()
    with pytest.raises(stability.FrameError, match="x: 'depth' is not a factor"):
        summary.figure("region", x="depth")
    with pytest.raises(stability.FrameError, match="kind: no cell says when"):
        stability.summary(RUNS).figure("reaching")


def test_permutations_are_checked() -> None:
    with pytest.raises(stability.FrameError, match="permutations: 3 is not allowed; allowed: 99 to 1,000,000"):
        stability.effects(RUNS, permutations=3)


@pytest.mark.slow
def test_a_report_is_written_with_its_figures(tmp_path: Any) -> None:
    report = stability.report(RUNS, EFFECTS)
    names = {path.name for path in report.write(tmp_path / "new")}
    assert names == {"report.md", "report.html", "figure1.svg", "effects.svg", "region.svg"}
    assert (tmp_path / "new" / "report.html").read_text() == report.found.html
    assert "findings" not in report.found.markdown
