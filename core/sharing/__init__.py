"""What leaves the machine: the model card, the repository on the Hub, the zip."""
