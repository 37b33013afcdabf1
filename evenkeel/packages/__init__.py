"""Installed packages that bring plug-ins: found, described, checked, and begun (`evenkeel new plugin`)."""
