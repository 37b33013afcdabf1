"""Adds seeds to experiments by the rules that they were posted with: rounds of runs, until a question is decided."""
