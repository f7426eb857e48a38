"""From a SavedModel to `.tflite` bytes: recipes, calibration, the converter, bias correction, half precision.

The face of this room: `recipes` (what can be made), `make_models` in `make`, and `load_saved_model` and `reference` in
`tflite`.
"""
