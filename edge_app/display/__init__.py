"""What people see of a frame: the smoothed label, the overlay, its letters, and the keys of the window."""

__all__ = (
    "controls",
    "display_frame",
    "explanation",
    "overlay",
    "smoothing",
)
