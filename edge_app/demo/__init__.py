"""Drawn cats and dogs: a camera and a data set that need nothing."""

__all__ = (
    "demo_model",
    "drawn_pets",
    "scenes",
)
