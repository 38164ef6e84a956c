"""The components of each step and where they stand."""
