"""The papers of the course, tried on a folder of photographs: one module each, `run.py` runs them."""
