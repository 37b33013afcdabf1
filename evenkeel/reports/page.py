"""Turns a report into one page of HTML that needs no other file."""

from collections.abc import Mapping
from html import escape

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem; color: #222 }}
table {{ border-collapse: collapse; width: 100%; font-size: 0.9rem }}
th, td {{ border-bottom: 1px solid #ddd; padding: 0.3rem 0.6rem; text-align: left; vertical-align: top }}
code {{ white-space: nowrap }}
svg, img {{ max-width: 100%; height: auto }}
</style></head><body>
{body}
</body></html>
"""


def to_html(markdown: str, svgs: Mapping[str, str]) -> str:
    """Turn Markdown into one page that needs no other file.

    Args:
        svgs: File name of an image in the Markdown -> the SVG that replaces the image.
    """
    from markdown_it import MarkdownIt

    body = MarkdownIt("commonmark", {"html": False}).enable("table").render(markdown)
    for name, svg in svgs.items():
        image = body.index(f'<img src="{name}"')
        body = body[:image] + svg[svg.index("<svg") :] + body[body.index(">", image) + 1 :]
    title = escape(markdown.split("\n", 1)[0].lstrip("# ").replace("`", ""))
    return PAGE.format(title=title, body=body)
