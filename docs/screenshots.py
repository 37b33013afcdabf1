"""Draws the pictures of the pages for these docs.

scripts/screenshots calls it with the address of a lab that has the demo: python -m docs.screenshots URL
"""

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from evenkeel.client import Client

FOLDER = Path(__file__).parent / "images"
EXPERIMENT = "demo"
WIDTH = 1280
# Charts and parts that come later are there by then.
SETTLED_MS = 1_500


@dataclass(frozen=True)
class Picture:
    """A picture of a page: the name of its file, the path of the page, and how much of it is shown, in CSS pixels."""

    name: str
    path: str
    height: int
    scheme: Literal["light", "dark"] = "light"


def pictures(lab: Client) -> list[Picture]:
    """What the docs show of a lab that has trained the demo."""
    cells = [cell["hash"] for cell in lab.summary(experiment=EXPERIMENT)["cells"]]
    run = next(run["id"] for run in lab.runs(EXPERIMENT) if run["cell"].startswith("yolo-none-glorot"))
    own = f"/ui/experiments/{EXPERIMENT}"
    return [
        Picture("studies", "/ui/", 420),
        Picture("study", own, 1480),
        Picture("study-dark", own, 1480, "dark"),
        Picture("run", f"/ui/runs/{run}", 1100),
        Picture("compare", f"/ui/compare?experiment={EXPERIMENT}&a={cells[2]}&b={cells[3]}", 1100),
        Picture("new", f"/ui/new?from={EXPERIMENT}", 1000),
    ]


def take(browser: Browser, url: str, picture: Picture) -> bytes:
    """The picture as PNG, in 256 colours: a page has few, and the file has a third of the size."""
    context = browser.new_context(
        viewport={"width": WIDTH, "height": picture.height}, color_scheme=picture.scheme, reduced_motion="reduce"
    )
    tab = context.new_page()
    tab.goto(url + picture.path)
    tab.wait_for_selector("html[data-ready]")
    tab.wait_for_timeout(SETTLED_MS)
    shot = Image.open(io.BytesIO(tab.screenshot())).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    context.close()
    buffer = io.BytesIO()
    shot.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def main() -> None:
    url = sys.argv[1].rstrip("/")
    FOLDER.mkdir(exist_ok=True)
    with Client(url) as lab, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for picture in pictures(lab):
            (FOLDER / f"{picture.name}.png").write_bytes(take(browser, url, picture))
            print(f"docs/images/{picture.name}.png  {url}{picture.path}")
        browser.close()


if __name__ == "__main__":
    main()
