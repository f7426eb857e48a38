"""What runs in the environment of each runtime: one program per runtime, which answers requests line by line."""
