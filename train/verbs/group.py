"""`fieldlens train group`: which photographs belong together, so that they share a split."""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "keep near copies, bursts and frames of one video in one split"
DESCRIPTION = """Find photographs that belong together and list them in PHOTOS/groups.csv.

A test photograph that has a neighbour in training says nothing about new ones. The command finds near copies (resized,
recompressed or mirrored), bursts (by the names that phones give, or taken within 2 s by the same camera), frames of one
video (names with “frame” or the video's own name, and a number), pictures that Roboflow augmented, and frames that
`fieldlens app --collect` saved in one session. All readers of splits honour the file; keep it beside the photographs.

Run it again after adding photographs: new ones join the groups they belong to, and no listed one ever changes its
group."""

EXAMPLES = """examples:
  fieldlens train group photos/pets --dry-run
  fieldlens train group photos/pets"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of this verb."""
    parser.add_argument("photographs", type=Path, metavar="PHOTOS", help="folder of photographs")
    parser.add_argument("--dry-run", action="store_true", help="say what would be written, and end")


def run(arguments: argparse.Namespace) -> int:
    """Find groups, write the manifest, and say what was found."""
    from edge_app.common.atomic_files import write_bytes
    from edge_app.common.errors import UsageError
    from edge_app.common.tables import text_table
    from edge_app.photographs.folders import find_photographs
    from edge_app.photographs.groups import GROUPS_NAME, format_manifest
    from edge_app.photographs.zip_files import unpacked
    from train.data.splits import class_counts, coverage_sentences, groups_of_classes
    from train.screening.grouping import group_photographs

    if arguments.photographs.is_file() and not arguments.dry_run:
        raise UsageError(
            f"`{arguments.photographs}` is a file, and {GROUPS_NAME} lies beside the photographs; unpack it and give "
            "the folder, or look first with --dry-run"
        )
    folder = find_photographs(unpacked(arguments.photographs))
    print("\n".join([str(folder), *folder.unread_sentences()]), flush=True)
    found = group_photographs(folder)
    rows = [(what, f"{len(groups):,}", f"{sum(map(len, groups)):,}") for what, groups in found.found.items()]
    print(text_table(("what belongs together", "groups", "photographs"), rows))
    if found.near_is_cut:
        print("note: there are more near copies than were compared; name frames after their video (clip_frame_12.jpg)")
    sizes = found.sizes
    largest = f"the largest has {sizes[0]:,}" if sizes else "none can be read"
    print(f"{len(found.files):,} photographs in {len(sizes):,} groups; {largest}; {found.listed:,} were listed before")
    if found.moved:
        print(f"{found.moved:,} photographs change their split: train again before you measure on the test photographs")
    counts = class_counts(found.files, folder.labels)
    for sentence in coverage_sentences(counts, groups_of_classes(found.files, folder.labels)):
        print(sentence)
    path = folder.root / GROUPS_NAME
    if arguments.dry_run:
        print(f"dry run: {path} is as it was")
    else:
        write_bytes(path, format_manifest(found.rows))
        print(f"groups  {path}")
    return 0
