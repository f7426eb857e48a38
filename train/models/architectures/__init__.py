"""One file per architecture: its network, its recipes, and everything that the rest of the house asks about it."""
