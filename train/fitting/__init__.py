"""Fitting a network to photographs: the training loop, its stages, steps, optimizers and resumable state."""
