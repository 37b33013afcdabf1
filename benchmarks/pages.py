"""How long a large experiment takes to be read and to be used in a browser, and what open pages cost the API.

python -m benchmarks.pages [--cells 100] [--seeds 10] [--epochs 50] [--large 20000] [--times 5] [--idle 50]

A store holds an experiment of --cells cells and --seeds seeds, all finished, and one of --large runs (0: none). The API
runs in processes of its own, as `evenkeel up` starts it. Chromium opens /ui/experiments/{name}, with an empty cache and
with the cache that a reader has. The promises are about the latter. The first visit of each is shown apart: the lab has
to work out what it keeps afterwards.

It prints medians of:
  readable      the first paint of content, and when the document is complete
  interactive   the first chart is drawn, and page.js is done
  hover         the time between frames while the mouse moves over a chart: median, 95 %, and the longest
  scripts       the bytes of our own scripts
  idle          the API's CPU time, in % of a core, while --idle pages of the experiment are open and nothing changes
It exits with 1 if one of these promises is broken: readable in 300 ms, interactive in 1 s, 60 frames a second (95 % of
the frames within 17.5 ms), 100 KB of scripts, 5 % of a core, and readable in 3 s with --large runs.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx
from playwright.sync_api import Browser, BrowserContext, ViewportSize, sync_playwright
from rich.console import Console

from api.pages.assets import STATIC
from benchmarks.big_lab import make_store
from benchmarks.gauges import cpu_seconds
from benchmarks.servers import start_api

CHROMIUM = os.environ.get("EVENKEEL_CHROMIUM", "/usr/bin/chromium")
USUAL, LARGE = "usual", "large"
READABLE_MS, INTERACTIVE_MS, FRAME_MS, SCRIPT_BYTES, IDLE_PERCENT, LARGE_MS = 300, 1000, 17.5, 100_000, 5.0, 3000
HOVER_STEPS, IDLE_SECONDS = 150, 20.0
SCREEN: ViewportSize = {"width": 1400, "height": 1000}

MARKS = """() => ({
  painted: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null,
  loaded: performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
  drawn: performance.getEntriesByName('evenkeel:drawn:bands')[0]?.startTime ?? null,
  ready: performance.getEntriesByName('evenkeel:ready')[0]?.startTime ?? null,
})"""
COUNT_FRAMES = """() => {
  window.frames_ = [];
  let last = performance.now();
  const next = (now) => { window.frames_.push(now - last); last = now; requestAnimationFrame(next); };
  requestAnimationFrame(next);
}"""


@dataclass(frozen=True)
class Visit:
    """One visit of a page, in ms since it was asked for. `frames`: between frames while the mouse moved."""

    painted: float
    loaded: float
    drawn: float
    ready: float
    frames: list[float]


def visits(browser: Browser, url: str, times: int, kept: bool, hover: bool = False) -> list[Visit]:
    """So many visits. kept: whether the browser keeps its cache from one to the next, as a reader's does. Then two
    visits before them fill it."""
    if kept:
        context = browser.new_context(viewport=SCREEN)
        found = [visit(context, url, hover) for _ in range(times + 2)][2:]
        context.close()
        return found
    found = []
    for _ in range(times):
        context = browser.new_context(viewport=SCREEN)
        found.append(visit(context, url, hover))
        context.close()
    return found


def visit(context: BrowserContext, url: str, hover: bool) -> Visit:
    page = context.new_page()
    page.goto(url)
    page.wait_for_selector("html[data-ready]", timeout=120_000)
    marks = page.evaluate(MARKS)
    frames: list[float] = []
    if hover:
        page.wait_for_timeout(1500)
        box = page.locator(".plot").first.bounding_box()
        assert box is not None
        page.evaluate(COUNT_FRAMES)
        for step in range(HOVER_STEPS):
            x = box["x"] + 60 + (box["width"] - 80) * step / HOVER_STEPS
            page.mouse.move(x, box["y"] + box["height"] * (0.3 + 0.4 * (step % 20) / 20))
        frames = page.evaluate("window.frames_")[1:]
    page.close()
    painted, loaded, drawn, ready = (marks[name] or float("inf") for name in ("painted", "loaded", "drawn", "ready"))
    return Visit(painted, loaded, drawn, ready, frames)


def idle(browser: Browser, url: str, pages: int, session: int) -> float:
    """The API's CPU time in % of a core while so many pages are open. Each has a context, as if it were another
    person's browser."""
    contexts = [browser.new_context(viewport={"width": 800, "height": 600}) for _ in range(pages)]
    for context in contexts:
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector("html[data-ready]", timeout=120_000)
    time.sleep(5)
    before, began = cpu_seconds(session), time.monotonic()
    time.sleep(IDLE_SECONDS)
    used = 100 * (cpu_seconds(session) - before) / (time.monotonic() - began)
    for context in contexts:
        context.close()
    return used


def median(found: Sequence[Visit], name: str) -> float:
    return float(statistics.median(getattr(one, name) for one in found))


def show(console: Console, title: str, found: Mapping[str, Sequence[Visit]]) -> None:
    for name, visited in found.items():
        told = ", ".join(f"{what} {median(visited, what):,.0f} ms" for what in ("painted", "loaded", "drawn", "ready"))
        console.print(f"{title}, {name} (median of {len(visited)}): {told}")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="benchmarks.pages", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--epochs", type=int, default=50)
    parser.add_argument("--large", type=int, default=20_000, help="runs of the large experiment, 20 to a cell")
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--idle", type=int, default=50)
    given = parser.parse_args()
    console, kept = Console(width=120), dict[str, tuple[bool, str]]()
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        url = f"sqlite:///{name}/lab.db"
        with console.status("filling the store"):
            make_store(url, given.cells, given.seeds, given.epochs, USUAL)
            if given.large:
                make_store(url, given.large // 20, 20, 8, LARGE)
        api = start_api(url)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            httpx.get(f"{api.url}/ui/", timeout=60)
            page = f"{api.url}/ui/experiments/{USUAL}"
            [first] = visits(browser, page, 1, kept=False)
            empty = visits(browser, page, given.times, kept=False)
            later = visits(browser, page, given.times, kept=True, hover=True)
            title = f"{given.cells * given.seeds:,} runs of {given.epochs} epochs"
            show(console, title, {"first visit": [first], "cache empty": empty, "cache kept": later})
            painted = max(median(later, "painted"), median(later, "loaded"))
            kept[f"readable in {READABLE_MS} ms"] = painted <= READABLE_MS, f"{painted:,.0f} ms"
            done = max(median(later, "drawn"), median(later, "ready"))
            kept[f"interactive in {INTERACTIVE_MS} ms"] = done <= INTERACTIVE_MS, f"{done:,.0f} ms"
            frames = sorted(frame for one in later for frame in one.frames)
            slow = frames[int(0.95 * len(frames))]
            told = f"median {statistics.median(frames):.1f} ms, 95 % {slow:.1f} ms, longest {frames[-1]:.0f} ms"
            kept["60 frames a second while hovering"] = slow <= FRAME_MS, told
            size = sum(path.stat().st_size for path in STATIC.glob("*.js"))
            kept[f"{SCRIPT_BYTES:,} bytes of our scripts"] = size <= SCRIPT_BYTES, f"{size:,} bytes"
            if given.idle:
                used = idle(browser, page, given.idle, api.process.pid)
                kept[f"{given.idle} idle pages under {IDLE_PERCENT} % of a core"] = used < IDLE_PERCENT, f"{used:.1f} %"
            if given.large:
                page = f"{api.url}/ui/experiments/{LARGE}"
                [first] = visits(browser, page, 1, kept=False)
                later = visits(browser, page, given.times, kept=True)
                show(console, f"{given.large:,} runs", {"first visit": [first], "cache kept": later})
                kept[f"{given.large:,} runs in {LARGE_MS} ms"] = (
                    median(later, "ready") <= LARGE_MS,
                    (f"{median(later, 'ready'):,.0f} ms; first visit {first.ready:,.0f} ms"),
                )
        finally:
            browser.close()
            api.stop()
    for promise, (holds, found) in kept.items():
        console.print(f"{'holds' if holds else 'BROKEN':<7} {promise}: {found}")
    return 0 if all(holds for holds, _ in kept.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
