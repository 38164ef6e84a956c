"""The worker of a run: trainer, evaluation, checks before the start."""
