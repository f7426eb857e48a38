"""Files under load for a long time: what heat does to them."""
