"""Where results go: a window, a video, lines of text or JSON, a folder of frames, a command; the page is in `web`."""

__all__ = (
    "collect",
    "home_assistant",
    "lines",
    "mqtt",
    "outputs",
    "picture_folder",
    "sink",
    "window",
)
