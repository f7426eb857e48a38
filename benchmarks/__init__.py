"""How good and how fast a `.tflite` file is on this device."""
