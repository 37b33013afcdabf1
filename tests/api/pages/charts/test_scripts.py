"""The scripts of the pages in a browser: charts are drawn, say what one hovers over, and follow the lab."""

import re
from collections.abc import Iterator

import pytest
from chromium import chromium, new_tab
from filled import DEMO, SIZES
from playwright.sync_api import Page, expect
from serve_pages import move_on, served
from services import wait_for

from evenkeel.plugins import Outcome
from evenkeel.store import Store

pytestmark = pytest.mark.slow

POINTS = """[...document.querySelectorAll('#bands path.line')]
  .reduce((sum, line) => sum + line.getAttribute('d').split(/[ML]/).length - 1, 0)"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Store]]:
    with served(tmp_path_factory.mktemp("pages")) as found:
        yield found


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    """A tab of a browser. Nothing that it is told to say on its console may be an error."""
    with chromium() as browser, new_tab(browser, viewport={"width": 1200, "height": 1800}) as page:
        yield page


def open_page(tab: Page, address: str) -> None:
    tab.goto(address)
    tab.wait_for_selector("html[data-ready]")


def test_bands_are_drawn_under_the_strict_policy_and_hovering_tells_n_mean_min_and_max(
    lab: tuple[str, Store], tab: Page
) -> None:
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}")
    plot = tab.locator("#bands .plot").first
    expect(plot.locator("svg").first).to_be_visible()
    plot.scroll_into_view_if_needed()
    told = plot.locator(".told")
    expect(told).to_be_hidden()

    def hovers() -> bool:
        # What comes late above the plot moves it.
        box = plot.bounding_box()
        assert box is not None
        tab.mouse.move(box["x"] + box["width"] * 0.98, box["y"] + box["height"] * 0.15)
        return told.is_visible()

    wait_for(hovers, 60, "what is told of a point")
    for word in ("mean", "epoch 8", "min, max", "of 5 seeds"):
        expect(told).to_contain_text(word)
    tab.mouse.move(0, 0)
    expect(told).to_be_hidden()


def test_the_arrow_keys_tell_what_a_pointer_does(lab: tuple[str, Store], tab: Page) -> None:
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}")
    plot = tab.locator("#bands .plot").first
    plot.focus()
    told = plot.locator(".told")
    tab.keyboard.press("ArrowRight")
    expect(told).to_contain_text("epoch 1")
    tab.keyboard.press("ArrowRight")
    expect(told).to_contain_text("epoch 2")
    below = told.inner_text()
    tab.keyboard.press("ArrowUp")
    expect(told).not_to_have_text(below)
    expect(told).to_contain_text("epoch 2")
    tab.keyboard.press("Escape")
    expect(told).to_be_hidden()


def test_a_chart_of_many_panels_is_one_stop_of_the_tab_key_and_page_down_goes_on(
    lab: tuple[str, Store], tab: Page
) -> None:
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}?rows=none&columns=lr")
    plots = tab.locator("#bands .plot")
    expect(plots).to_have_count(6)
    stops = tab.locator("#bands .plot[tabindex='0']")
    expect(stops).to_have_count(1)
    stops.focus()
    tab.keyboard.press("PageDown")
    expect(plots.nth(1)).to_be_focused()
    tab.keyboard.press("PageUp")
    tab.keyboard.press("PageUp")
    expect(plots.nth(0)).to_be_focused()
    tab.keyboard.press("PageDown")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.closest('#bands')") is None
    tab.keyboard.press("Shift+Tab")
    expect(plots.nth(1)).to_be_focused()


def test_the_page_of_a_cell_says_which_colour_is_which_seed(lab: tuple[str, Store], tab: Page) -> None:
    [cell] = {run.cell_hash for run in lab[1].runs.all(SIZES)[:1]}
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}/cells/{cell}")
    legend = tab.locator("figure.chart .legend li")
    expect(legend).to_have_text(["seed", "0", "1", "2", "3", "4"])
    first = tab.locator("figure.chart .plot").first.locator("path.line").first
    expect(first).to_be_visible()
    colours = legend.locator(".line").evaluate_all(
        "lines => lines.map((line) => getComputedStyle(line).backgroundColor)"
    )
    assert len(set(colours)) == 5


def test_what_a_diverged_run_left_has_the_colour_of_its_seed(lab: tuple[str, Store], tab: Page) -> None:
    run = next(run for run in lab[1].runs.all(SIZES) if run.outcome is Outcome.DIVERGED and run.seed != 1)
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}/cells/{run.cell_hash}")
    legend = tab.locator("figure.chart .legend li", has_text=re.compile(f"^{run.seed}$"))
    colour = legend.locator(".line").evaluate("line => line.style.getPropertyValue('--colour')")
    crosses = tab.locator("figure.chart .plot").first.locator(".cross")
    expect(crosses.first).to_be_visible()
    assert colour in crosses.evaluate_all("crosses => crosses.map((cross) => cross.getAttribute('stroke'))")


def test_a_menu_closes_with_escape_or_a_click_elsewhere(lab: tuple[str, Store], tab: Page) -> None:
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}")
    summary, body = tab.locator("details.menu > summary"), tab.locator(".menu-body")
    for closes in (lambda: tab.keyboard.press("Escape"), lambda: tab.locator("h1").click()):
        summary.click()
        expect(body).to_be_visible()
        closes()
        expect(body).to_be_hidden()
    summary.click()
    button, hangs = summary.bounding_box(), body.bounding_box()
    assert button is not None
    assert hangs is not None
    assert abs(button["x"] - hangs["x"]) < 2


def test_a_rectangle_drawn_with_the_mouse_is_shown_larger_until_a_double_click(
    lab: tuple[str, Store], tab: Page
) -> None:
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}")
    plot = tab.locator("#bands .plot").first
    plot.scroll_into_view_if_needed()
    epochs = plot.locator("text.along:not(.title)")
    expect(epochs.last).to_have_text("8")
    box = plot.bounding_box()
    assert box is not None
    x, y, width, height = (box[name] for name in ("x", "y", "width", "height"))
    tab.mouse.move(x + 60, y + 10)
    tab.mouse.down()
    tab.mouse.move(x + width / 2, y + height / 2)
    tab.mouse.up()
    expect(epochs.last).not_to_have_text("8")
    tab.mouse.dblclick(x + width / 2, y + height / 2)
    expect(epochs.last).to_have_text("8")


def test_what_is_chosen_above_the_bands_changes_them_at_once_and_smoothing_is_never_silent(
    lab: tuple[str, Store], tab: Page
) -> None:
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}")
    form = tab.locator("#bands-controls")
    form.locator("[name=rows]").select_option("none")
    form.locator("[name=columns]").select_option("lr")
    expect(tab.locator("#bands .panel")).to_have_count(6)
    expect(tab.locator("#bands figcaption")).not_to_contain_text("Smoothed")
    form.locator("[name=smooth]").select_option("5")
    expect(tab.locator("#bands figcaption")).to_contain_text("mean of up to 5 epochs")
    assert "columns=lr" in tab.url
    traces = tab.locator("#bands .plot").first.locator(".line")
    before = traces.count()
    form.locator("[name=traces]").check()
    expect(traces).not_to_have_count(before)


def test_a_change_in_the_lab_reaches_the_page_which_keeps_its_state(lab: tuple[str, Store], tab: Page) -> None:
    address, store = lab
    open_page(tab, f"{address}/ui/experiments/{DEMO}")
    cells = tab.locator("#cells")
    cells.locator("button.sort").nth(1).focus()
    tab.keyboard.press("Enter")
    expect(cells.locator("th").nth(1)).to_have_attribute("aria-sort", "ascending")
    tab.evaluate("document.querySelector('#bands .plot').mine = 'still there'")
    before = tab.evaluate(POINTS)
    done = tab.locator("#progress").inner_text()
    for _ in range(2):
        move_on(store)
    expect(tab.locator("#progress")).not_to_have_text(done)
    wait_for(lambda: tab.evaluate(POINTS) > before, 60, "new points in the bands")
    assert tab.evaluate("document.querySelector('#bands .plot').mine") == "still there"
    expect(cells.locator("th").nth(1)).to_have_attribute("aria-sort", "ascending")


def test_rows_are_filtered_by_what_is_typed_and_a_theme_is_kept(lab: tuple[str, Store], tab: Page) -> None:
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}")
    rows = tab.locator("#cells tbody tr")
    expect(rows).to_have_count(12)
    names = rows.locator("a").all_inner_texts()
    only = next(name for name in names if sum(name in each for each in names) == 1)
    tab.locator("#cells [data-made=filter] input").fill(only)
    expect(rows.locator("visible=true")).to_have_count(1)
    tab.locator("#theme-choice select").select_option("dark")
    tab.reload()
    tab.wait_for_selector("html[data-ready]")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 27)"
    tab.evaluate("localStorage.clear()")


def test_the_style_sheet_writes_the_letter_of_a_mark_and_its_title_is_its_name(
    lab: tuple[str, Store], tab: Page
) -> None:
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}")
    mark = tab.locator("#runs td .diverged").first
    written = mark.evaluate("mark => getComputedStyle(mark, '::before').content")
    assert written.startswith('"D"')
    expect(mark).to_have_accessible_name(re.compile("^seed [0-9]+: diverged"))


TICKS = """async (axes) => {
  const script = document.querySelector('script[src*="/ui/static/"]').src;
  const { ticks } = await import(script.replace(/[^/]+$/, 'ticks.js'));
  return axes.map((axis) => ticks(...axis).map((tick) => tick.text).join(' '));
}"""


def test_a_narrow_axis_has_two_ticks_or_more_and_none_between_epochs(lab: tuple[str, Store], tab: Page) -> None:
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}")
    axes = [[1, 8, 2, 1], [1, 3, 2, 1], [1, 50, 3, 1], [1, 1, 2, 1], [0.0021, 0.0102, 2]]
    assert tab.evaluate(TICKS, axes) == ["2 4 6 8", "1 2 3", "20 40", "1", "0.005 0.01"]


def test_a_plot_fits_on_narrow_paper(lab: tuple[str, Store], tab: Page) -> None:
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}")
    plot = tab.locator("#bands .plot").first
    last = plot.locator("text.along:not(.title)").last
    expect(last).to_have_text("8")
    # The size of the plot is given, so that its scripts do not draw it anew, as on paper.
    box = plot.bounding_box()
    assert box is not None
    plot.evaluate("plot => { plot.querySelector('svg').style.width = '300px'; }")
    text = last.bounding_box()
    assert text is not None
    assert text["x"] + text["width"] <= box["x"] + 300


@pytest.mark.parametrize("part", ["runs", "cells", "effects"])
def test_a_link_into_a_page_leads_to_its_place_although_what_stands_above_comes_late(
    lab: tuple[str, Store], tab: Page, part: str
) -> None:
    tab.goto("about:blank")
    open_page(tab, f"{lab[0]}/ui/experiments/{SIZES}#{part}")

    def top() -> float:
        box = tab.locator(f"#{part}").bounding_box()
        assert box is not None
        return box["y"]

    wait_for(lambda: 0 <= top() < 100, 20, "the place of the link")
