"""A trade-off sweep from photographs to its record: budget, training, conversion, latency."""
