"""Trains the built-in task `classification`, which `models/task.py` declares.

This file imports nothing, so that datasets can be prepared without torch.
"""
