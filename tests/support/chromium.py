"""A browser for tests of pages: Chromium, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from services import CI

WAIT_MS = 60_000
# Installed as root, Chromium has no sandbox.
ARGUMENTS = ["--no-sandbox"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser. Where Chromium is not installed, the test is skipped, but under CI it fails."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        (pytest.fail if CI else pytest.skip)("Chromium is not installed (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def new_tab(browser: Browser, **how: Any) -> Iterator[Page]:
    """A tab that shares nothing with other tabs. It fails at its end if a page of it had a fault in its console.

    Args:
        how: Playwright's options of a context, such as `java_script_enabled`.
    """
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"} | how))
    tab = context.new_page()
    tab.set_default_timeout(WAIT_MS)
    # On a busy machine a part of a page may come late.
    expect.set_options(timeout=WAIT_MS)
    complaints: list[str] = []
    tab.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    tab.on("pageerror", lambda fault: complaints.append(str(fault)))
    yield tab
    context.close()
    assert complaints == []
