"""Training: the worker process, the Trainer, checks before the start, memory."""
