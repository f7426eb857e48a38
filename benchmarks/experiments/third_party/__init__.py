"""Other people's `.tflite` files: the app's labels beside those of a bare interpreter, fed as their makers document."""
