"""Runs: a folder each, its events, and starting and stopping its worker."""
