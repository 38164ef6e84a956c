"""Figures of this project beside those of the plain way."""
