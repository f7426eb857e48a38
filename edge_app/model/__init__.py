"""A `.tflite` file from its bytes to a prediction, the board it runs on, and the run folder it comes from."""

__all__ = (
    "board",
    "card",
    "card_reading",
    "card_writing",
    "classifier",
    "delegation",
    "flatbuffer",
    "foreign_code",
    "labels",
    "metadata",
    "preparation",
    "run_folder",
    "runtime",
    "scores",
    "starter",
    "tensors",
    "threads",
    "training_time",
    "trial",
)
