"""Augmented copies written to a folder of their own: drawn, applied, listed in a manifest and shown on a page."""
