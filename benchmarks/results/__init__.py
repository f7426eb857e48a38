"""Records of all results, their one file format, and what is made of a result: warnings, tables, plots, comparisons."""
