"""Writes answers down for people and other tools: reports, tables for papers, CSV and Parquet."""
