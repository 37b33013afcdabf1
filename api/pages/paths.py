"""Which paths are pages, and where a page may lead."""

import re

UNDER = "/ui/"
HOME = "/ui/"
SIGN_IN = "/ui/sign-in"
LIVE = "/ui/live"

# An address of ours: what a URL may consist of, from /ui/ on, without a part that leads out of it.
OURS = re.compile(r"/ui/[!-\[\]-~]*")


def is_page(path: str) -> bool:
    return path.startswith(UNDER)


def ours(url: str) -> str:
    """The address, if it is that of one of our pages; else that of the first page. Somebody else may have written it
    into a link."""
    leads_out = ".." in url.partition("?")[0] or url.partition("?")[0] == SIGN_IN
    return url if OURS.fullmatch(url) and not leads_out else HOME
