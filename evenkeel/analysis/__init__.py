"""Reads the stored runs, computes their statistics, and answers in tables, sentences and figures."""
