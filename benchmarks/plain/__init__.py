"""The plain way: scripts as one writes them from the documentation, with nothing of ours."""
