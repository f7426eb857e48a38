"""The verbs of `fieldlens bench`, a module each: what it says of itself, its arguments, and `run`."""
