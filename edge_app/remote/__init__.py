"""A board over the system's `ssh`: what it is, what it needs, and the service that runs there."""

__all__ = ("connection", "deploy", "wheels")
