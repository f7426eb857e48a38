"""The verbs of `fieldlens app`, a module each: what it says of itself, its arguments, and `run`."""
