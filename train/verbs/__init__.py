"""The verbs of `fieldlens train`, a module each: what it says of itself, its arguments, and `run`."""
