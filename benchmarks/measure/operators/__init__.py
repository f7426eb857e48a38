"""A file's operators, read without running it, and how much and how long each computes."""
