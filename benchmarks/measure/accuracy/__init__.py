"""How good a file is on labelled photographs."""
