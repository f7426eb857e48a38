"""`screening.json` for programs, `screening.html` for eyes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2

from edge_app.common.errors import PhotographError
from edge_app.common.progress import human_time
from edge_app.common.report_page import ReportPage
from edge_app.photographs.decoder import read_photograph
from train.data.findings import NearPair, Suspect
from train.data.splits import SplitFile
from train.screening.screening import Doubt, Screening

SCHEMA_VERSION = 1
SUMMARY_HEAD = ("what", "found", "what to do")

_SHOWN = 48  # pictures, pairs or lines of a section; the JSON file has all
_WORST = 6  # of a section in the report of a run
_THUMBNAIL_SIDE = 128
_THUMBNAIL_QUALITY = 85


def write_screening(folder: Path, found: Screening) -> None:
    """Write both files into an existing folder."""
    write_screening_json(folder, found)
    (folder / "screening.html").write_text(_page(found).html(), encoding="utf-8")


def write_screening_json(folder: Path, found: Screening) -> None:
    """Write the file for programs alone."""
    text = json.dumps(to_json(found), indent=1, ensure_ascii=False) + "\n"
    (folder / "screening.json").write_text(text, encoding="utf-8")


def add_screening(page: ReportPage, found: Screening) -> None:
    """Add to the report of a run what was found, and the worst few pictures of each kind."""
    page.heading("What is odd about the photographs")
    page.table(SUMMARY_HEAD, found.summary_rows())
    page.paragraph("Nothing was changed or deleted; screening.json names every file.", "note")
    _add_counts(page, found)
    _show_doubts(page, found, _WORST)
    _show_copies(page, found, _WORST)
    _show_pairs(page, found, _WORST)
    for _, heading, suspects in _lists(found):
        _show_suspects(page, found.folder.root, heading, suspects, _WORST)


def to_json(found: Screening) -> dict[str, Any]:
    """Return everything that was found; paths are relative to `folder`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "folder": str(found.folder.root),
        "layout": found.folder.layout,
        "duration_s": round(found.duration_s, 3),
        "files": len(found.folder.files),
        "counts": dict(found.counts()),
        "unlabelled": list(found.folder.unlabelled),
        **{name: [_suspect_json(suspect) for suspect in suspects] for name, _, suspects in _lists(found)},
        "copies": [[_file_json(file) for file in group] for group in found.copies],
        "near": [_pair_json(pair) for pair in found.near],
        "near_is_cut": found.near_is_cut,
        "near_is_compared": found.compared,
        "judge": found.judge or None,
        "judge_was_asked_about": [] if found.doubts is None else list(found.asked_about),
        "likely_wrong_labels": None if found.doubts is None else [_doubt_json(doubt) for doubt in found.doubts],
    }


def _lists(found: Screening) -> list[tuple[str, str, tuple[Suspect, ...]]]:
    """Name in the JSON file, heading, and content of the lists of single files."""
    return [
        ("corrupt", "Corrupt files", found.corrupt),
        ("misnamed", "Wrong extensions", found.misnamed),
        ("tiny", "Tiny pictures", found.tiny),
        ("elongated", "Elongated pictures", found.elongated),
        ("blank", "Blank pictures", found.blank),
    ]


def _file_json(file: SplitFile) -> dict[str, str]:
    return {"path": file.path, "label": file.label, "split": file.split}


def _suspect_json(suspect: Suspect) -> dict[str, str]:
    return {**_file_json(suspect.file), "reason": suspect.reason}


def _pair_json(pair: NearPair) -> dict[str, Any]:
    return {
        "files": [_file_json(pair.first), _file_json(pair.second)],
        "hash_bits": pair.bits,
        "correlation": round(pair.correlation, 4),
        "mirrored": pair.mirrored,
    }


def _doubt_json(doubt: Doubt) -> dict[str, Any]:
    return {**_file_json(doubt.file), "predicted": doubt.predicted, "probability": round(doubt.probability, 4)}


def _page(found: Screening) -> ReportPage:
    page = ReportPage(f"{found.folder.root.name}: {len(found.folder.files):,} picture files looked at")
    page.table(SUMMARY_HEAD, found.summary_rows())
    page.paragraph(
        f"{found.folder}. Looked at in {human_time(found.duration_s)}. Nothing was changed or deleted.", "note"
    )
    page.heading("Classes and splits")
    _add_counts(page, found)
    _show_doubts(page, found, _SHOWN)
    _show_copies(page, found, _SHOWN)
    _show_pairs(page, found, _SHOWN)
    for _, heading, suspects in _lists(found):
        _show_suspects(page, found.folder.root, heading, suspects, _SHOWN)
    return page


def _add_counts(page: ReportPage, found: Screening) -> None:
    counts = found.counts()
    splits = tuple(counts[0][1])
    page.table(("class", *splits), [(label, *(f"{row[split]:,}" for split in splits)) for label, row in counts])


def _show_doubts(page: ReportPage, found: Screening, most: int) -> None:
    if not found.doubts:
        return
    page.heading(f"Likely wrong labels ({len(found.doubts):,})")
    page.paragraph(_about_doubts(found), "note")
    root = found.folder.root
    page.gallery(
        [
            (_thumbnails(root, doubt.file), f"{_named(doubt.file)}: rather {doubt.predicted}, {doubt.probability:.1%}")
            for doubt in found.doubts[:most]
        ]
    )
    _tell_rest(page, len(found.doubts), most)


def _about_doubts(found: Screening) -> str:
    if "train" not in found.asked_about:
        return (
            "The model is sure of another label. It was not asked about the photographs that it learned from: "
            "`python -m train screen PHOTOS --run RUN` does that."
        )
    return (
        f"The model of {found.judge} is sure of another label. It learned the photographs of the train split with "
        "their labels, so it may have learned a wrong one by heart and finds fewer there than in the other splits."
    )


def _show_copies(page: ReportPage, found: Screening, most: int) -> None:
    if not found.copies:
        return
    page.heading(f"Exact copies ({len(found.copies):,} groups)")
    page.paragraph("Copies are always in one split. Those with two labels come first.", "note")
    groups = sorted(found.copies, key=lambda group: len({file.label for file in group}) == 1)
    root = found.folder.root
    page.gallery(
        [(_thumbnails(root, group[0]), " = ".join(_named(file) for file in group[:6])) for group in groups[:most]]
    )
    _tell_rest(page, len(groups), most)


def _show_pairs(page: ReportPage, found: Screening, most: int) -> None:
    if not found.near:
        return
    page.heading(f"Near copies ({len(found.near):,} pairs)")
    page.paragraph("Those with two labels come first, then those in two splits.", "note")
    pairs = sorted(found.near, key=lambda pair: (not pair.contradicts, not pair.straddles))
    root = found.folder.root
    page.gallery([(_thumbnails(root, pair.first, pair.second), _pair_caption(pair)) for pair in pairs[:most]])
    _tell_rest(page, len(pairs), most)


def _pair_caption(pair: NearPair) -> str:
    marks = [
        "two labels" if pair.contradicts else "",
        "two splits" if pair.straddles else "",
        "mirrored" if pair.mirrored else "",
        f"{pair.bits} of 64 bits differ, correlation {pair.correlation:.3f}",
    ]
    return f"{_named(pair.first)} ~ {_named(pair.second)}: " + ", ".join(mark for mark in marks if mark)


def _show_suspects(page: ReportPage, root: Path, heading: str, suspects: Sequence[Suspect], most: int) -> None:
    if not suspects:
        return
    page.heading(f"{heading} ({len(suspects):,})")
    shown = [(_thumbnails(root, suspect.file), suspect) for suspect in suspects[:most]]
    page.gallery([(jpegs, f"{_named(suspect.file)}: {suspect.reason}") for jpegs, suspect in shown if jpegs])
    for jpegs, suspect in shown:
        if not jpegs:
            page.paragraph(suspect.reason)
    _tell_rest(page, len(suspects), most)


def _tell_rest(page: ReportPage, count: int, most: int) -> None:
    if count > most:
        page.paragraph(f"and {count - most:,} more, all in screening.json", "note")


def _named(file: SplitFile) -> str:
    return f"{file.path} ({file.label}, {file.split})"


def _thumbnails(root: Path, *files: SplitFile) -> list[bytes]:
    """Small JPEG files; none of a picture that cannot be decoded."""
    found = []
    for file in files:
        try:
            frame_bgr = read_photograph(root / file.path)
        except PhotographError:
            continue
        scale = min(1.0, _THUMBNAIL_SIDE / max(frame_bgr.shape[:2]))
        size = [max(1, round(side * scale)) for side in frame_bgr.shape[1::-1]]
        small = cv2.resize(frame_bgr, size, interpolation=cv2.INTER_AREA)
        found.append(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, _THUMBNAIL_QUALITY])[1].tobytes())
    return found
