"""Promises of the documents, and what makes the outputs in them."""
