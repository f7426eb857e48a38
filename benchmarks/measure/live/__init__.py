"""The running app: its loop and start, a camera that drops for hours, viewers of its page."""
