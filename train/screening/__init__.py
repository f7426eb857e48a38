"""Doubts about a folder of photographs: duplicates, outliers, and labels that look wrong."""
