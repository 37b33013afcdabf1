"""Starts the lab on this machine (`evenkeel up`), and prepares a deployment: its secrets, its databases and the first
API key (`python -m evenkeel.stack secrets|databases`)."""
