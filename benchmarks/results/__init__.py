"""Records of all results, their one file format, and what is made of a result: warnings, tables, plots, comparisons.

Face: `envelope` (`read_result`, `write_result`, `read_envelope`, `write_envelope`), `json_records`, `device`, a module
of records per kind (`latency`, `operators`, `sustained`, `live`, `imports`, `sweep`), `tables`, `plots`.
"""
