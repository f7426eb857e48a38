"""Why is a `.tflite` file wrong, or the code around it? Every usual way of preprocessing is tried on photographs."""
