"""How well “neither” is told from the classes: heads on frozen features, and whole runs."""
