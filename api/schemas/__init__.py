"""Questions to the API and its answers, every field described."""
