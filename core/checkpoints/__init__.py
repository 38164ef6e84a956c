"""Checkpoints: the starter, the Hub, this machine; what a card says of them."""
