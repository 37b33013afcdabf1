"""Measurements. Each is a command: python -m benchmarks.NAME."""
