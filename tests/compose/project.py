"""A separate compose project, and ways to disturb it."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from services import wait_for as poll

from evenkeel.client import Client, EvenkeelError

ROOT = Path(__file__).parents[2]


def say(text: str) -> None:
    print(f"compose-check: {text}", flush=True)


def wait_for(condition: Callable[[], Any], seconds: float, what: str) -> Any:
    """Like `services.wait_for`, but it goes on waiting while the API cannot be reached."""

    def calm() -> Any:
        with suppress(EvenkeelError):
            return condition()

    return poll(calm, seconds, what)


class Project:
    """`docker compose` on `files`, with its own project name and its own ports."""

    def __init__(self, name: str, *files: str, **environment: str) -> None:
        self.name = name
        self.environment = os.environ | {"COMPOSE_PROJECT_NAME": name} | environment
        self._command = ["docker", "compose", *(part for file in files for part in ("-f", file))]

    def run(self, *arguments: str, quiet: bool = True) -> str:
        """Run a command and return its output. Raises AssertionError with the whole output if it failed."""
        done = subprocess.run(
            [*self._command, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=1200
        )
        if done.returncode:
            raise AssertionError(f"{' '.join(arguments)} exited with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads(self.run("config", "--format", "json"))
        return config

    def client(self) -> Client:
        """A client with the key that was made at the first start."""
        key = self.run("exec", "-T", "api", "cat", "/run/api/api_key")
        return Client(f"http://localhost:{self.environment['EVENKEEL_PORT']}", key)

    def logs(self) -> str:
        return self.run("logs", "--no-color", "--tail", "60")


def screenshot(url: str, path: Path, expected: str, login: tuple[str, str]) -> None:
    """Open `url` in Chromium, wait until the page shows the text `expected`, and save a picture.

    Args:
        login: The name and the password that a person would type.
    """
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert chromium, "Chromium is not installed (Debian: apt install chromium)"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        name, password = login
        page = browser.new_page(
            viewport={"width": 1400, "height": 900}, http_credentials={"username": name, "password": password}
        )
        page.goto(url)
        page.get_by_text(expected).first.wait_for(timeout=60_000)
        page.wait_for_timeout(1500)
        page.screenshot(path=path)
        browser.close()
