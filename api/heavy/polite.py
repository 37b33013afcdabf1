"""Whoever imports this lets other processes go first. The server of the pool's processes does, and they inherit it:
short answers of the API go before long ones."""

import os

NICE = 10

os.nice(NICE)
