"""Says whether a location of artifacts lies beneath another one: folders of this machine, or URIs such as s3://b/x."""

import os
from urllib.parse import unquote, urlsplit

from mlflow.utils.file_utils import local_file_uri_to_path
from mlflow.utils.uri import get_uri_scheme

LOCAL = ("", "file")
# A location with this scheme means a path beneath the destination of the server.
SERVED = "mlflow-artifacts"


def is_beneath(location: str, destination: str) -> bool:
    """Whether a location is the destination or lies beneath it, and no link or step upwards leads there."""
    if get_uri_scheme(location) in LOCAL:
        if get_uri_scheme(destination) not in LOCAL:
            return False
        return is_beneath_folder(local_file_uri_to_path(location), local_file_uri_to_path(destination))
    inner, outer = urlsplit(location), urlsplit(destination)
    same = (inner.scheme, inner.netloc) == (outer.scheme, outer.netloc) and not (inner.query or inner.fragment)
    root = outer.path.strip("/")
    return same and _is_plain(inner.path) and f"{inner.path.strip('/')}/".startswith(f"{root}/" if root else "")


def is_beneath_folder(path: str, folder: str) -> bool:
    """Whether a path is the folder or lies beneath it, and no step from the folder to it is a link.

    The folder itself may be a link. What does not exist yet is no link.
    """
    root = os.path.abspath(folder)
    inner = os.path.relpath(os.path.abspath(path), root)
    if inner == os.pardir or inner.startswith(f"{os.pardir}{os.sep}"):
        return False
    return os.path.realpath(path) == os.path.normpath(os.path.join(os.path.realpath(root), inner))


def is_served(location: str) -> bool:
    """Whether a location is named as MLflow's server names those beneath its destination."""
    found = urlsplit(location)
    return found.scheme == SERVED and not (found.netloc or found.query or found.fragment) and _is_plain(found.path)


def _is_plain(path: str) -> bool:
    """Whether no step of a path leads upwards, also after it is decoded."""
    while (decoded := unquote(path)) != path:
        path = decoded
    return ".." not in path.replace("\\", "/").split("/")
