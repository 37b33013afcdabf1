"""Plug-ins on a worker: it probes what is installed, announces it, and loads it in the child when a run needs it."""

from evenkeel.packages.find import find_plugins
from trainer.plugins.load import load_plugin

__all__ = ["find_plugins", "load_plugin"]
