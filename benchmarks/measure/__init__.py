"""Measures on the device that it runs on: latency and memory, accuracy, operators, heat, and the running app.

Face: of `protocol` the modules `measure`, `report`, `latency`, `rounds` and `fresh_process`; `accuracy.measure`;
`operators.macs`; and what the verbs call.
"""
