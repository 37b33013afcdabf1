"""What a page may listen to: `lab`, `workers`, `experiment:NAME` or `run:ID`."""

import re
from collections.abc import Callable, Mapping

from api.readiness import SEEN_WITHIN_SECONDS
from evenkeel.analysis.query import QueryError
from evenkeel.plugins import NAME_PATTERN
from evenkeel.store import Store

# What a page listens to, by the name that its address has for it.
OF_PATH = {"name": "experiment", "run_id": "run"}
OF_PAGE = {"/ui/": "lab", "/ui/workers": "workers"}
ALLOWED = "allowed: lab, workers, experiment:NAME, run:ID"
NAMED = re.compile(rf"experiment:(?P<experiment>{NAME_PATTERN.strip('^$')})|run:(?P<run>[0-9a-f]{{32}})")
ALONE: dict[str, Callable[[Store], str]] = {
    "lab": lambda store: store.stamps.lab(SEEN_WITHIN_SECONDS),
    "workers": lambda store: store.stamps.workers(SEEN_WITHIN_SECONDS),
}


def check(about: str) -> str:
    """The same text. Raises QueryError if nobody can listen to it."""
    if about not in ALONE and NAMED.fullmatch(about) is None:
        raise QueryError("about", f"{about[:80]!r} is nothing that a page listens to; {ALLOWED}")
    return about


def of_page(path: str, names: Mapping[str, str]) -> str:
    """What the page at this path shows; '' if the path does not tell. names: its path parameters."""
    named = [f"{kind}:{names[name]}" for name, kind in OF_PATH.items() if name in names]
    return named[0] if named and NAMED.fullmatch(named[0]) else OF_PAGE.get(path, "")


def stamp_of(store: Store, about: str) -> str:
    """A text that changes when what a page shows of it may change. about: as `check` lets it through."""
    if about in ALONE:
        return ALONE[about](store)
    found = NAMED.fullmatch(about)
    assert found is not None
    return store.stamps.run(found["run"]) if found["run"] else store.stamps.experiment(found["experiment"])
