"""How good and how fast a `.tflite` file is on this device."""

from edge_app.common.lazy_names import lazy_names

__all__ = ["Benchmark", "benchmark"]

__getattr__ = lazy_names(
    __name__,
    {
        "benchmark": "benchmarks.python_api",
        "Benchmark": "benchmarks.python_api",
    },
)
