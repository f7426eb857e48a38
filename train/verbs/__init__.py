"""The verbs of `python -m train`, a module each: what it says of itself, its arguments, and `run`."""
