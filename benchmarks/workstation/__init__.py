"""Measurements and experiments that need the train install."""
