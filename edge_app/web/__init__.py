"""The live preview: a page that shows picture, labels, history and times of a device without a screen."""

__all__ = ("sink",)
