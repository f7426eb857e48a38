"""A `.tflite` classifier as ONNX, for other people's runtimes and compilers, and ONNX Runtime to prove it with."""

__all__ = ("exporter", "record", "runtime", "twins")
