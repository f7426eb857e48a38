"""Teaching a classifier by showing: frames that are held up, and a linear head on the features of a network."""

__all__ = (
    "album",
    "backbone",
    "better",
    "head",
    "learning",
    "lesson",
    "more",
    "review",
    "taught_classifier",
    "teach",
    "writing",
)
