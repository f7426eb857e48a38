"""What maintainers measure: peers, training, conversion, papers, fuzzing; most of it needs the train install.

Each experiment prints a table and writes one result (`benchmarks.results.envelope`). Verbs call them.
"""
