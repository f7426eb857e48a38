"""Screening photographs for what harms training: corrupt and duplicate files, leakage between splits, label errors."""
