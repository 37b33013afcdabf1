"""The pages of the real lab, as a person uses them in a browser: from a new study to its answer."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from chromium import chromium, new_tab
from filled import DEMO
from playwright.sync_api import Browser, Page, expect
from serve_pages import served
from servers import add_key
from services import RunningStack, grid

from evenkeel.records.keys import Role

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

NAME = "by-hand"
TRAIN_MS = 180_000
# Widths in CSS pixels: a telephone, a laptop, and a wall.
WIDTHS = (320, 1280, 3840)
# The element that reaches furthest to the right, apart from those in a box that scrolls.
WIDEST = """[...document.querySelectorAll('body *')].filter((each) => !each.closest('.scroll, .scrolls'))
  .sort((a, b) => b.getBoundingClientRect().right - a.getBoundingClientRect().right)[0].outerHTML"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


def choose(tab: Page, **levels: str | list[str]) -> None:
    """Tick or type levels in the form of a new study, also those that a closed part of it holds."""
    for details in tab.locator("details.others").all():
        if details.get_attribute("open") is None:
            details.locator("summary").first.click()
    for factor, chosen in levels.items():
        if isinstance(chosen, str):
            tab.locator(f"[name='level.{factor}']").fill(chosen)
        else:
            for level in chosen:
                tab.locator(f"[name='level.{factor}'][value='{level}']").check()


@pytest.fixture(scope="module")
def study(stack: RunningStack, browser: Browser) -> RunningStack:
    """A study that was posted from the page, and watched until it ended, with nothing but a mouse and a keyboard."""
    with new_tab(browser) as tab:
        tab.goto(f"{stack.url}/ui/")
        tab.get_by_role("link", name="New experiment").first.click()
        tab.locator("[name=name]").fill(NAME)
        choose(tab, arch=["yolo"], norm=["batch", "none"], init=["he"], epochs="12", width="0.125", image_size="16")
        tab.locator("[name='seeds.count']").fill("2")
        plan = tab.locator("#plan")
        expect(plan).to_contain_text("2 cells")
        expect(plan).to_contain_text("4 runs")
        expect(plan).to_contain_text("curl")
        tab.get_by_role("button", name="Post the experiment").click()
        tab.wait_for_url(f"**/ui/experiments/{NAME}")
        # It moves by itself: nobody loads the page again.
        tab.evaluate("window.never_loaded_again = true")
        expect(tab.locator("#progress")).to_contain_text("All 4 runs have finished", timeout=TRAIN_MS)
        expect(tab.locator("#cells")).to_contain_text("0/2")
        expect(tab.locator("#bands .plot > svg").first).to_be_visible()
        assert tab.evaluate("window.never_loaded_again") is True
    return stack


def test_a_study_that_was_posted_from_the_page_is_the_one_that_a_grid_posts(study: RunningStack) -> None:
    train = {"epochs": 12, "width": 0.125, "image_size": 16}
    same = grid(NAME, grid={"arch": ["yolo"], "norm": ["batch", "none"], "init": ["he"]}, seeds=2, train=train)
    plan = study.client.submit(same, dry_run=True)
    assert (plan["num_runs"], plan["num_new"]) == (4, 0)


def test_seeds_are_added_and_a_run_is_opened_with_its_log_and_its_copy_in_mlflow(
    study: RunningStack, browser: Browser
) -> None:
    with new_tab(browser) as tab:
        tab.goto(f"{study.url}/ui/experiments/{NAME}")
        tab.locator("[name=add]").fill("1")
        tab.get_by_role("button", name="More seeds").click()
        expect(tab.locator("main")).to_contain_text("2 runs")
        expect(tab.locator("#progress")).to_contain_text("All 6 runs have finished", timeout=TRAIN_MS)
        expect(tab.locator("#events")).to_contain_text("1 seed added to each of 2 cells")
        tab.locator("#runs a[href*='/ui/runs/']").first.click()
        tab.wait_for_url("**/ui/runs/*")
        main = tab.locator("main")
        expect(main).to_contain_text("converged")
        expect(main).to_contain_text("Attempts")
        run = tab.url.rpartition("/")[2]
        assert study.client.run(run)["id"] == run
        expect(tab.locator(f"a[href^='{study.mlflow_url}']").first).to_be_visible()


def test_the_pages_read_without_scripts(study: RunningStack, browser: Browser) -> None:
    with new_tab(browser, java_script_enabled=False) as tab:
        [cell, _] = study.client.summary(experiment=NAME)["cells"]
        for path, told in (
            ("/ui/", NAME),
            (f"/ui/experiments/{NAME}", "finished"),
            (f"/ui/experiments/{NAME}/cells/{cell['hash']}", cell["cell"]),
            ("/ui/new", "Every combination of the chosen levels is a cell"),
            ("/ui/workers", "cpu"),
            ("/ui/tasks", "classification"),
            ("/ui/keys", "keys"),
        ):
            tab.goto(study.url + path)
            expect(tab.locator("main")).to_contain_text(told)
        tab.goto(f"{study.url}/ui/experiments/{NAME}/cells")
        expect(tab.locator(f"main a[href$='/cells/{cell['hash']}']")).to_be_visible()


def addresses(lab: RunningStack) -> dict[str, str]:
    """The pages, by name."""
    [a, b] = lab.client.summary(experiment=NAME)["cells"]
    own = f"/ui/experiments/{NAME}"
    run = lab.client.runs(NAME)[0]["id"]
    return {
        "home": "/ui/",
        "study": own,
        "cell": f"{own}/cells/{a['hash']}",
        "run": f"/ui/runs/{run}",
        "compare": f"/ui/compare?experiment={NAME}&a={a['hash']}&b={b['hash']}",
        "new": f"/ui/new?from={NAME}",
        "workers": "/ui/workers",
        "tasks": "/ui/tasks",
        "keys": "/ui/keys",
        "sign-in": "/ui/sign-in",
    }


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_that_keeps_people_from_using_a_page(
    scheme: str, study: RunningStack, browser: Browser
) -> None:
    found = list[str]()
    with new_tab(browser, color_scheme=scheme) as tab:
        for name, path in addresses(study).items():
            tab.goto(study.url + path)
            tab.wait_for_selector("html[data-ready]")
            broken = Axe().run(tab).response["violations"]
            found += [f"{name}: {each['id']}: {each['nodes'][0]['html']:.150}" for each in broken]
    assert not found, "\n".join(found)


def test_no_page_is_wider_than_its_window(study: RunningStack, browser: Browser) -> None:
    wide = []
    for width in WIDTHS:
        with new_tab(browser, viewport={"width": width, "height": 900}) as tab:
            for name, path in addresses(study).items():
                tab.goto(study.url + path)
                tab.wait_for_selector("html[data-ready]")
                if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    wide.append(f"{name} at {width}: {tab.evaluate(WIDEST):.200}")
    assert not wide, "\n".join(wide)


def test_the_keyboard_alone_opens_a_study_and_adds_seeds(study: RunningStack, browser: Browser) -> None:
    with new_tab(browser) as tab:
        tab.goto(f"{study.url}/ui/experiments/{NAME}")
        tab.keyboard.press("Tab")
        expect(tab.locator(":focus")).to_have_text("Skip to the content")
        tab.keyboard.press("Enter")
        for _ in range(40):
            tab.keyboard.press("Tab")
            if tab.evaluate("document.activeElement.name") == "add":
                break
        total = study.client.experiment(NAME)["num_runs"]["total"]
        tab.keyboard.press("ControlOrMeta+a")
        tab.keyboard.type("1")
        tab.keyboard.press("Enter")
        expect(tab.locator("main")).to_contain_text("2 runs")
        assert study.client.experiment(NAME)["num_runs"]["total"] == total + 2


def test_a_key_signs_a_person_in_and_one_that_may_only_read_changes_nothing(browser: Browser, tmp_path: Path) -> None:
    with served(tmp_path) as (url, store):
        keys = {role: add_key(store, role, f"{role} key") for role in Role}
        for role in Role:
            with new_tab(browser) as tab:
                tab.goto(f"{url}/ui/experiments/{DEMO}")
                expect(tab).to_have_url(f"{url}/ui/sign-in?next=%2Fui%2Fexperiments%2F{DEMO}")
                tab.get_by_label("API key").fill(keys[role])
                tab.get_by_role("button", name="Sign in").click()
                expect(tab).to_have_url(f"{url}/ui/experiments/{DEMO}")
                expect(tab.get_by_role("button", name="Pause")).to_have_count(int(role is Role.WRITE))
                # Whoever makes the request by hand is refused, too: with no token, and with a key that may only read.
                refused = tab.request.post(f"{url}/ui/experiments/{DEMO}/pause", form={"token": "guessed"})
                assert refused.status == 403
                assert not store.experiments.find(DEMO).paused  # type: ignore[union-attr]
