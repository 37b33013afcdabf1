"""The queries that the API takes, and its answers. Every field has a description."""
