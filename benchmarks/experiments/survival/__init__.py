"""Whether a result survives: SIGKILL at any moment, a second run into the same output, a power cut."""
