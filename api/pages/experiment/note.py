"""Shows a note in Markdown. Whatever stands in it is text: no HTML of the writer gets through, no image is loaded."""

from functools import cache

from markdown_it import MarkdownIt
from markupsafe import Markup


@cache
def _markdown() -> MarkdownIt:
    # An image would tell its server who reads the note, and the page's policy blocks it anyway. As no link of a note
    # may run a script, markdown-it refuses every address that begins with javascript:, vbscript:, file: or data:.
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"]).disable("image")


def show_note(note: str) -> Markup:
    """The note as HTML. Its headings begin below those of the page."""
    tokens = _markdown().parse(note)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("rel", "noreferrer nofollow")
    return Markup(_markdown().renderer.render(tokens, _markdown().options, {}))
