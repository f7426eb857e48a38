"""The verbs of `python -m benchmarks`, a module each: what it says of itself, its arguments, and `run`."""
