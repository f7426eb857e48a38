"""What a conversion leaves behind: stamped files, `conversion.json` and `report.html`."""
