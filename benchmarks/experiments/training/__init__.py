"""Experiments on training: recipes repeated with several seeds, the time of a usual recipe, and the input pipeline."""
