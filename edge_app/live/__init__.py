"""From frames to predictions at the pace of a camera: orientation and region, a thread of its own, statistics."""

__all__ = (
    "frame_classifier",
    "interrupts",
    "pipelined",
    "region",
    "statistics",
    "watchdog",
)
