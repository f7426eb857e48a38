"""A finished run whose photographs are in groups, without another training."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

GROUP_SIZE = 4


def grouped_copy(run: Path, folder: Path) -> Path:
    """Make a run folder of the same network whose photographs of a split are in groups of `GROUP_SIZE`, by class."""
    folder.mkdir()
    for path in run.iterdir():
        if path.name != "splits.csv":
            (folder / path.name).symlink_to(path)
    with (run / "splits.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    seen: Counter[tuple[str, str]] = Counter()
    with (folder / "splits.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["path", "label", "split", "copy_of", "group"], restval="", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            of = row["split"], row["label"]
            writer.writerow({**row, "group": f"{'-'.join(of)}-{seen[of] // GROUP_SIZE}"})
            seen[of] += 1
    return folder
