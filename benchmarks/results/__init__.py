"""What a measurement leaves: the record and its file, doubts about it, tables, a plot, and two of them compared."""
