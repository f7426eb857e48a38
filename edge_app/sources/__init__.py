"""Where frames come from: a camera, a stream, a video, pictures, or the drawn camera."""
