"""Teaching a classifier from few photographs with NumPy alone: a linear head on the features of a network."""

__all__ = ("head",)
