"""Few photographs per class: the head that `train` ships beside scikit-learn's, and whether its statement holds."""
