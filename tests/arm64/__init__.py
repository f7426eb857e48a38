"""The device half on 64-bit ARM, under an emulator: installs, and gives the same answers as here. By hand, as root."""
