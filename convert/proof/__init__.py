"""Does a file agree with the Keras model, and what is it made of? Nothing here changes a file.

The face of this room: `check_model` in `static_checks`, `prove` in `prove`, and `parity` for other models to be
compared with the Keras model, such as a browser.
"""
