"""`python -m api.healthcheck` exits with 0 if the API on this machine, its store and its broker answer."""

import json
import os
import sys
import urllib.error
import urllib.request

NEEDED = ("store", "broker")


def main() -> int:
    url = f"http://127.0.0.1:{os.environ.get('EVENKEEL_PORT', '8000')}/readyz"
    try:
        with urllib.request.urlopen(url, timeout=4) as answer:
            body = json.load(answer)
    except urllib.error.HTTPError as error:
        body = json.load(error)
    except OSError as error:
        print(error)
        return 1
    print(body)
    return 0 if all(body["checks"][name]["ok"] for name in NEEDED) else 1


if __name__ == "__main__":
    sys.exit(main())
