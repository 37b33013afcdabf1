"""The form above the bands, the region's tiles, and the macros that write them."""

from pathlib import Path

import pytest
from filled import DEMO, SIZES
from starlette.datastructures import QueryParams
from summaries import summary_cell

from api.pages.charts.controls import Controls, read_controls
from api.pages.charts.region import region_chart
from api.pages.rendering import environment
from evenkeel.analysis.query import QueryError
from evenkeel.lab.context import Lab
from evenkeel.store import Store
from models.task import CLASSIFICATION


def controls_of(store: Store, query: str = "", experiment: str = SIZES) -> Controls:
    lab = Lab(None, store, None)  # type: ignore[arg-type]  # It needs neither settings nor a broker.
    return read_controls(lab, experiment, f"/ui/experiments/{experiment}", QueryParams(query))


def written(macro: str, *values: object) -> str:
    module = environment().get_template("charts/macros.html").make_module()
    text: str = getattr(module, macro)(*values)
    return text


def test_the_form_offers_what_varies_and_keeps_what_is_chosen(filled_store: Store) -> None:
    found = controls_of(filled_store, "metric=val_loss&band=all&lr=0.001&lr=0.01&page=3")
    assert [factor.name for factor in found.filters] == ["arch", "lr"]
    assert found.image == f"/summary/figure.svg?experiment={SIZES}&metric=val_loss&band=all&lr=0.001&lr=0.01"
    assert found.source == f"/ui/experiments/{SIZES}/bands.json?metric=val_loss&band=all&lr=0.001&lr=0.01"
    html = written("bands", found)
    assert '<option value="val_loss" selected>' in html
    assert html.count("checked>") == 2


def test_without_scripts_the_form_has_a_button_and_the_figure_is_an_image(filled_store: Store) -> None:
    html = written("bands", controls_of(filled_store, experiment=DEMO))
    assert "<noscript><button>Show</button></noscript>" in html
    assert '<img src="/summary/figure.svg?experiment=demo&amp;metric=train_accuracy&amp;band=survivors"' in html


def test_a_wrong_choice_is_named(filled_store: Store) -> None:
    with pytest.raises(QueryError) as error:
        controls_of(filled_store, "band=most")
    assert error.value.field == "band"


def test_a_tile_counts_the_runs_that_were_lost_and_words_begin_at_the_top() -> None:
    curves = [[0.1, 0.9, 0.9]] * 4
    cells = [
        summary_cell(arch, "none", "he", curves, dict.fromkeys(range(lost), 2), lr=rate)
        for arch, rate, lost in (("yolo", 0.1, 3), ("yolo", 0.01, 0), ("resnet", 0.1, 1), ("resnet", 0.01, 0))
    ]
    chart = region_chart(CLASSIFICATION, cells)
    assert (chart.x, chart.columns) == ("lr", ["0.01", "0.1"])
    assert chart.tiles == [("Tiny-YOLO", [(0, 4, 0), (3, 4, 8)]), ("ResNet26", [(0, 4, 0), (1, 4, 2)])]
    assert '<td class="share-8">3/4</td>' in written("region", chart)


def test_our_scripts_are_small_modules_and_no_page_needs_a_build_step() -> None:
    scripts = sorted((Path(__file__).parents[4] / "api/pages/static").glob("*.js"))
    assert sum(path.stat().st_size for path in scripts) < 100_000
    assert [path.name for path in scripts if len(path.read_text().splitlines()) > 150] == []
