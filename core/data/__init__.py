"""Data: foreign bytes to the rows a task trains on."""
