"""The verbs of `fieldlens convert`, a module each: what it says of itself, its arguments, and `run`."""
