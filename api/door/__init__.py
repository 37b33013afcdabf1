"""The door of the API: what may come in before any endpoint sees it."""
