"""What browsers must be told of the files of a bundle (`fieldlens convert web`), by whoever serves it."""

from __future__ import annotations

BUNDLE_FILE = "bundle.json"
"""Of every bundle: which of its files is which."""

CONTENT_TYPES = {
    ".bin": "application/octet-stream",
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".tflite": "application/octet-stream",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
}
"""The system's table differs between machines, and a wrong type stops modules and WebAssembly."""

ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
"""Headers without which browsers forbid threads."""
