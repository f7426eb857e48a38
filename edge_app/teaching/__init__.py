"""Teaching a classifier by showing: a linear head on the features of a network, with NumPy and the runtime alone."""

__all__ = ("backbone", "head", "learning", "writing")
