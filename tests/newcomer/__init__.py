"""The README followed on a bare Debian."""
