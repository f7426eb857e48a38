"""Teaching a classifier by showing: frames that are held up, and a linear head on the features of a network."""

__all__ = ("backbone", "head", "learning", "lesson", "more", "review", "teach", "writing")
