"""A `.tflite` file from its bytes to a prediction, the board it runs on, and the run folder it comes from."""

__all__ = (
    "board",
    "card",
    "classifier",
    "delegation",
    "flatbuffer",
    "metadata",
    "preparation",
    "run_folder",
    "runtime",
    "starter",
    "threads",
    "training_time",
    "trial",
)
