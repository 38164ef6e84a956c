"""A run is a folder: its events, its state, its process."""
