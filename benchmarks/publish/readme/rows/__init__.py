"""One module per kind of row: each reads one or more results and returns rows."""
