"""Tells people by webhook what they would want to know while they do not look."""

from evenkeel.alerts.sending import Sender

__all__ = ["Sender"]
