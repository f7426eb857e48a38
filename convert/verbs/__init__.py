"""The verbs of `python -m convert`, a module each: what it says of itself, its arguments, and `run`."""
