"""Our TF.js export against the official converter's, in Chromium."""
