"""Where frames come from: a camera, a stream, a video, pictures, or the drawn camera."""

__all__ = (
    "camera_diagnosis",
    "frames",
    "opening",
    "pictures",
)
