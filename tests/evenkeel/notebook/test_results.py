"""An answer about results has typed fields, a frame and a text, and a notebook shows it with its figure."""

import threading
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from frames import grid

from evenkeel import Client, stability
from evenkeel.analysis import compare, effects
from evenkeel.notebook import results
from evenkeel.notebook.drawing import Figure

RUNS = stability.runs(grid(), "accuracy", "higher", epoch="epoch")
SUMMARY = stability.summary(RUNS, threshold=0.5)
EFFECTS = stability.effects(RUNS, permutations=99)
COMPARED = stability.compare(RUNS, {"augmentation": "nothing"}, {"augmentation": "flip"})
FOUND: dict[str, tuple[results.Result, Any]] = {
    "summary": (results.Summary(SUMMARY.to_dict()), SUMMARY),
    "effects": (results.Effects(EFFECTS.to_dict()), EFFECTS),
    "compare": (results.Comparisons(COMPARED.to_dict()), COMPARED),
}
PLAIN = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SVG = b"<!DOCTYPE svg>\n<!-- a\ncomment -->" + PLAIN.replace(b"><", b">\n <metadata>\n</metadata>  <", 1)


@pytest.fixture(scope="module")
def drawing() -> Iterator[tuple[str, list[str]]]:
    """An API that draws the effects and refuses every other figure: its address, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.headers['Authorization']} {self.path}")
            good = urlsplit(self.path).path == "/effects/figure.svg"
            self.send_response(200 if good else 422)
            self.end_headers()
            self.wfile.write(SVG if good else b'{"detail": "there is <nothing> to draw"}')

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Write no log."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_the_fields_are_the_librarys_own() -> None:
    summary, effect, compared = (found for found, _ in FOUND.values())
    assert isinstance(summary, results.Summary)
    assert isinstance(effect, results.Effects)
    assert isinstance(compared, results.Comparisons)
    # A pydantic round trip makes equal objects; `json` is a cached property of some.
    assert [cell.final for cell in summary.cells] == [cell.final for cell in SUMMARY.cells]
    assert [cell.bands.all.n for cell in summary.cells] == [cell.bands.all.n for cell in SUMMARY.cells]
    assert effect.responses == EFFECTS.found.responses
    assert type(effect.responses.final.terms[0]) is effects.Term
    assert type(compared.comparisons[0]) is compare.Comparison
    assert compared.comparisons[0].says == COMPARED.found.comparisons[0].says
    assert summary["cells"][0]["final"]["mean"] == summary.cells[0].final.mean


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize("name", FOUND)
def test_its_frame_is_that_of_the_same_result_without_a_lab(name: str, library: str) -> None:
    found, known = FOUND[name]
    assert found.to_frame(library=library).equals(known.to_frame(library=library))


def test_the_summary_has_a_frame_of_epochs_and_of_runs_with_the_factors_that_differ() -> None:
    found = FOUND["summary"][0]
    assert isinstance(found, results.Summary)
    epochs, runs = (found.to_frame(table, library="polars") for table in ("epochs", "runs"))  # type: ignore[arg-type]
    assert (len(epochs), len(runs)) == (16, len(SUMMARY.to_frame("runs")))
    assert {"augmentation", "lr", "epoch", "survivors_mean"} <= set(epochs.columns)
    assert {"augmentation", "lr", "seed", "epoch", "value"} <= set(runs.columns)
    with pytest.raises(ValueError, match="table: 'cell' is not allowed; allowed: cells, epochs, runs"):
        found.to_frame("cell")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", FOUND)
def test_it_prints_its_table_and_its_answer(name: str) -> None:
    found, known = FOUND[name]
    told, expected = str(found).splitlines(), str(known).splitlines()
    assert repr(found) == str(found)
    if name == "summary":
        # Its answer does not say which way is better, so its table says of no cell that it is the best.
        assert not any(line.startswith("*") for line in told)
        assert [line.split() for line in told[:2]] == [line.split() for line in expected[:2]]
    else:
        assert told[:8] == expected[:8]


def test_a_summary_without_a_cell_says_so() -> None:
    empty = SUMMARY.to_dict() | {"cells": [], "fewest_seeds": None}
    assert "There is no such cell." in str(results.Summary(empty))
    assert len(results.Summary(empty).to_frame()) == 0


def test_a_notebook_shows_the_figure_of_the_api_beside_the_table(drawing: tuple[str, list[str]]) -> None:
    url, asked = drawing
    lab = Client(url, api_key="ek_a_b")
    lab.close()
    query = {"experiment": "demo", "lr": [0.1, 0.5], "start_value": 0.5}
    page = results.Effects(EFFECTS.to_dict(), lab, query)._repr_html_()
    assert asked[-1] == "Bearer ek_a_b /effects/figure.svg?experiment=demo&lr=0.1&lr=0.5&caption=short"
    image = page.partition('src="data:image/svg+xml;base64,')[2].partition('"')[0]
    # What is not drawn takes no room in the notebook.
    assert b64decode(image) == PLAIN
    # As an image it runs nothing.
    assert "<script" not in page
    assert "<table>" in page
    assert "augmentation mattered" in page


def test_a_figure_that_cannot_be_drawn_leaves_the_table_and_says_why(drawing: tuple[str, list[str]]) -> None:
    page = results.Summary(SUMMARY.to_dict(), Client(drawing[0]))._repr_html_()
    assert "No figure: there is &lt;nothing&gt; to draw" in page
    assert "<table>" in page
    page = results.Summary(SUMMARY.to_dict(), Client("http://127.0.0.1:1"))._repr_html_()
    assert "No figure: no answer from http://127.0.0.1:1" in page


def test_text_of_an_answer_is_escaped() -> None:
    cells = [{**cell, "levels": {"augmentation": f"<b>{n}"}} for n, cell in enumerate(SUMMARY.to_dict()["cells"])]
    page = results.Summary(SUMMARY.to_dict() | {"cells": cells})._repr_html_()
    assert "&lt;b&gt;0" in page
    assert "<b>" not in page
    page = results.Effects(EFFECTS.to_dict() | {"answer": "<script>", "notes": ["</p>"]})._repr_html_()
    assert "<p>&lt;script&gt;</p><p>&lt;/p&gt;</p>" in page


def test_a_report_is_shown_apart_from_the_notebook() -> None:
    page = results.Report({"html": '<style>p {}</style><p class="a">', "markdown": "# Demo"})
    assert 'srcdoc="&lt;style&gt;p {}&lt;/style&gt;&lt;p class=&quot;a&quot;&gt;"' in page._repr_html_()
    assert str(page) == "# Demo"


def test_a_figure_is_its_bytes_and_shows_itself() -> None:
    found = Figure(SVG, "svg")
    assert found == SVG
    assert repr(found) == f"<a figure: {len(SVG)} bytes of svg>"
    assert "data:image/svg+xml;base64," in str(found._repr_html_())
    assert "data:image/png;base64," in str(Figure(b"png", "png")._repr_html_())
    assert Figure(b"pdf", "pdf")._repr_html_() is None
