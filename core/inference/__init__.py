"""Prediction and preview, in a warm child of the page."""
