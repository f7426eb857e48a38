"""Accuracy, confidence and paired comparison, with intervals: pure functions of numbers."""

__all__ = (
    "accuracy",
    "confidence",
    "paired_comparison",
)
