"""HTTP, pages, Python client and CLI over the lab."""
