"""How well `compare` sees: a file against itself, with and without a delay."""
