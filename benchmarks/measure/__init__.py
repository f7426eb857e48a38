"""Measures on the device that it runs on: latency and memory, accuracy, operators, heat, and the running app.

Face: `protocol.measure.measure`, `protocol.report.show_and_write`, `protocol.latency.camera_frames`, `protocol.rounds` and
`protocol.fresh_process` for experiments, `accuracy.measure`, `operators.macs.count_macs`, and what the verbs call.
"""
