"""What a deployment needs once: secrets, databases, the first API key. `python -m lab.deploy secrets|databases`."""
