"""How files are measured: fresh processes in rounds, files in turns, and the machine they ran on."""
