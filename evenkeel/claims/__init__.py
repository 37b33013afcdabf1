"""Who works on which run: claims, what a claim may do, and how runs end. `Claims` is the public part."""

from evenkeel.claims.claims import Claims

__all__ = ["Claims"]
