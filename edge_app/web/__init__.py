"""Pages for browsers: the live preview of a device without a screen, and the gate that every page of ours is behind."""

__all__ = ("address", "bundle_server", "certificate", "content", "link", "sink", "site")
