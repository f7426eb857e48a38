"""What a run leaves behind: its files, plots and report."""
