"""Starts things: the lab on this machine (`evenkeel up`), and what a deployment needs once: secrets, databases, the
first API key (`python -m evenkeel.stack secrets|databases`)."""
