"""Looking through what was collected: a local page that sorts frames by doubt; nothing moves until it is applied."""

__all__ = ("desk", "frames", "log", "server")
