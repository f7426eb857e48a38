"""What a run leaves behind: models, tables, `run.json`, plots and the report."""
