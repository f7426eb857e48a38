"""From frames to predictions at the pace of a camera: orientation, region, a thread of its own, statistics, and why."""

__all__ = (
    "explainer",
    "frame_classifier",
    "interrupts",
    "pipelined",
    "region",
    "statistics",
    "watchdog",
)
