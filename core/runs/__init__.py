<<<<<<< HEAD
"""Runs: a folder each, its events, and starting and stopping its worker."""
=======
"""A run is a folder: its events, its state, its process."""
>>>>>>> main
