"""What the store keeps of what happened: events of experiments, and what runs printed. Whatever changes an experiment
or ends an attempt tells it here, in its own transaction."""
