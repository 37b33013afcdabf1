"""How the built-in task trains. `models/task.py` declares it.

Nothing is imported here, so that datasets can be prepared without torch.
"""
