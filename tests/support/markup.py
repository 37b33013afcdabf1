"""Reads what a page consists of, as a browser would."""

from html.parser import HTMLParser


class Markup(HTMLParser):
    """The elements and the text of a page.

    Attributes:
        elements: (name, attributes) of each element.
        text: All text, without that of scripts and styles.
        inline: What is a script or a style of the page itself.
    """

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text, self.inline = "", list[str]()
        self._in = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.elements.append((tag, given))
        self._in = tag
        data = given.get("type") == "application/json"
        if tag == "style" or (tag == "script" and "src" not in given and not data):
            self.inline.append(f"<{tag}>")
        for name, value in given.items():
            if name == "style" or name.startswith("on") or value.strip().lower().startswith("javascript:"):
                self.inline.append(f"<{tag} {name}={value!r}>")

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in not in ("script", "style"):
            self.text += data

    def named(self, tag: str) -> list[dict[str, str]]:
        """The attributes of each element with this name."""
        return [given for name, given in self.elements if name == tag]
