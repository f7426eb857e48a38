"""What others read: `measured.md` and the README's table from committed results, and the report of a folder."""
