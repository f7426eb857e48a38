"""Damaged and hostile files, given to the app."""
