"""Which paths are pages."""

UNDER = "/ui/"
SIGN_IN = "/ui/sign-in"


def is_page(path: str) -> bool:
    return path.startswith(UNDER)
