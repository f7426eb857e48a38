"""Drawn cats and dogs: a camera and a data set that need nothing."""

__all__ = (
    "drawn_pets",
    "scenes",
)
