"""The same file through other people's runtimes, each in its own environment and process: what they say, how fast."""
