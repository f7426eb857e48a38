"""The tables of README.md's section "Measured", made from committed results: no number in them is typed by hand."""
