"""Deploying to a Debian with a systemd of its own, in a container with a network of its own. By hand, as root."""
