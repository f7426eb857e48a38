"""The chapters of `docs/course/`: executed, their exercises checked, and rendered into the site."""
