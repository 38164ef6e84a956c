"""Pieces of the page with their own css and js."""
