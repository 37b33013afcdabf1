"""How the built-in task trains. `models/task.py` declares it.

Nothing is imported here, so that a worker can list its datasets without torch.
"""
