"""Teaching a classifier from few photographs with NumPy alone: a linear head on the features of a network.

Others import `cross_validate` and `fit_linear_head` from `head`.
"""
