"""What a trade-off sweep found: its record and plots, the Pareto front, the best file within limits."""
