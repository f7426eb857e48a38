"""How good a run is: predictions on its splits, metrics, confidence, and submissions."""
