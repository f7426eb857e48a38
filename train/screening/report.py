"""The report of a screening: `screening.json` for programs, `screening.html` for people."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2

from edge_app.common.errors import PhotographError
from edge_app.common.progress import human_time
from edge_app.common.report_page import ReportPage
from edge_app.photographs.decoder import read_photograph
from train.data.inspection import FlaggedFile, NearPair
from train.data.splits import SplitFile
from train.screening.screening import LabelIssue, Screening

SCHEMA_VERSION = 1
SCREENING_FILE = "screening.json"
SUMMARY_HEAD = ("check", "found", "advice")

SHOWN = 48
"""Pictures, pairs or lines of a section; the JSON file has all."""
WORST = 6
"""Pictures, pairs or lines of a section in the report of a run."""
HEAT_NOTE = (
    "The heat shows which places speak for the predicted class (Grad-CAM on the last convolution), from none to the "
    "strongest of the picture: where the network looks, not what it sees there. Heat beside the object is a sign that "
    "its surroundings decide."
)
"""What readers should know of a picture with heat."""

_THUMBNAIL_SIDE = 128
_THUMBNAIL_QUALITY = 85


def write_screening(folder: Path, found: Screening, heat: Mapping[str, bytes] | None = None) -> None:
    """Write both files into an existing folder; for `heat` see `add_screening`."""
    write_screening_json(folder, found)
    (folder / "screening.html").write_text(_page(found, heat or {}).html(), encoding="utf-8", errors="replace")


def write_screening_json(folder: Path, found: Screening) -> None:
    """Write the file for programs alone."""
    text = json.dumps(to_json(found), indent=1, ensure_ascii=False) + "\n"
    # a name that is not UTF-8 becomes an escape of JSON, which reads back as the same name
    (folder / SCREENING_FILE).write_text(text, encoding="utf-8", errors="backslashreplace")


def add_screening(page: ReportPage, found: Screening, heat: Mapping[str, bytes] | None = None) -> None:
    """Add to the report of a run what was found, and the worst few pictures of each kind.

    Args:
        page: the report.
        found: by the screening.
        heat: JPEG files that show what speaks for the predicted label, by the path of a likely label error.
    """
    page.heading("Data quality")
    page.table(SUMMARY_HEAD, found.summary_rows())
    page.paragraph("No file was changed or deleted; screening.json lists every file.", "note")
    _add_counts(page, found)
    _show_label_issues(page, found, WORST, heat or {})
    _show_copies(page, found, WORST)
    _show_pairs(page, found, WORST)
    for _, heading, flagged_files in _lists(found):
        _show_flagged(page, found.folder.root, heading, flagged_files, WORST)


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
        **{name: [_flagged_json(flagged) for flagged in flagged_files] for name, _, flagged_files in _lists(found)},
        "copies": [[_file_json(file) for file in group] for group in found.copies],
        "near": [_pair_json(pair) for pair in found.near],
        "near_is_cut": found.near_is_cut,
        "near_is_compared": found.compared,
        "judge": found.judge or None,
        "judge_was_asked_about": [] if found.label_issues is None else list(found.asked_splits),
        "likely_wrong_labels": None
        if found.label_issues is None
        else [_issue_json(issue) for issue in found.label_issues],
    }


def _lists(found: Screening) -> list[tuple[str, str, tuple[FlaggedFile, ...]]]:
    """Name in the JSON file, heading, and content of the lists of single files."""
    return [
        ("corrupt", "Corrupt files", found.corrupt),
        ("misnamed", "Wrong file extensions", found.misnamed),
        ("tiny", "Tiny pictures", found.tiny),
        ("elongated", "Elongated pictures", found.elongated),
        ("blank", "Blank pictures", found.blank),
    ]


def _file_json(file: SplitFile) -> dict[str, str]:
    return {"path": file.path, "label": file.label, "split": file.split}


def _flagged_json(flagged: FlaggedFile) -> dict[str, str]:
    return {**_file_json(flagged.file), "reason": flagged.reason}


def _pair_json(pair: NearPair) -> dict[str, Any]:
    return {
        "files": [_file_json(pair.first), _file_json(pair.second)],
        "hash_bits": pair.bits,
        "correlation": round(pair.correlation, 4),
        "mirrored": pair.mirrored,
    }


def _issue_json(issue: LabelIssue) -> dict[str, Any]:
    return {**_file_json(issue.file), "predicted": issue.predicted, "probability": round(issue.probability, 4)}


def _page(found: Screening, heat: Mapping[str, bytes]) -> ReportPage:
    page = ReportPage(f"{found.folder.root.name}: {len(found.folder.files):,} photographs screened")
    page.table(SUMMARY_HEAD, found.summary_rows())
    page.paragraph(
        f"{found.folder}. Screened in {human_time(found.duration_s)}. No file was changed or deleted.", "note"
    )
    page.heading("Classes and splits")
    _add_counts(page, found)
    _show_label_issues(page, found, SHOWN, heat)
    _show_copies(page, found, SHOWN)
    _show_pairs(page, found, SHOWN)
    for _, heading, flagged_files in _lists(found):
        _show_flagged(page, found.folder.root, heading, flagged_files, SHOWN)
    return page


def _add_counts(page: ReportPage, found: Screening) -> None:
    counts = found.counts()
    splits = tuple(counts[0][1])
    page.table(("class", *splits), [(label, *(f"{row[split]:,}" for split in splits)) for label, row in counts])


def _show_label_issues(page: ReportPage, found: Screening, most: int, heat: Mapping[str, bytes]) -> None:
    if not found.label_issues:
        return
    page.heading(f"Likely label errors ({len(found.label_issues):,})")
    page.paragraph(_about_label_issues(found), "note")
    root = found.folder.root
    shown = found.label_issues[:most]
    warm = {path: [jpeg] for path, jpeg in heat.items()}
    if warm:
        page.paragraph(HEAT_NOTE, "note")
    page.gallery([([*_thumbnails(root, one.file), *warm.get(one.file.path, ())], _issue_caption(one)) for one in shown])
    _tell_rest(page, len(found.label_issues), most)


def _issue_caption(issue: LabelIssue) -> str:
    return f"{_named(issue.file)}: predicted {issue.predicted}, {issue.probability:.1%}"


def _about_label_issues(found: Screening) -> str:
    if "train" not in found.asked_splits:
        return (
            "The model confidently predicts another label. To check the photographs of the train split too, run "
            "`fieldlens train screen PHOTOS --run RUN`."
        )
    if found.judge == "cross-validation":
        return "A network that never saw the photograph confidently predicts another label."
    return f"The model of {found.judge} confidently predicts another label. {found.about_judge()}"


def _show_copies(page: ReportPage, found: Screening, most: int) -> None:
    if not found.copies:
        return
    page.heading(f"Exact duplicates ({len(found.copies):,} groups)")
    page.paragraph("Exact duplicates are always in the same split. Groups with conflicting labels come first.", "note")
    groups = sorted(found.copies, key=lambda group: len({file.label for file in group}) == 1)
    root = found.folder.root
    page.gallery(
        [(_thumbnails(root, group[0]), " = ".join(_named(file) for file in group[:6])) for group in groups[:most]]
    )
    _tell_rest(page, len(groups), most)


def _show_pairs(page: ReportPage, found: Screening, most: int) -> None:
    if not found.near:
        return
    page.heading(f"Near duplicates ({len(found.near):,} pairs)")
    page.paragraph("Pairs with conflicting labels come first, then pairs across splits.", "note")
    pairs = sorted(found.near, key=lambda pair: (not pair.conflicts, not pair.crosses_splits))
    root = found.folder.root
    page.gallery([(_thumbnails(root, pair.first, pair.second), _pair_caption(pair)) for pair in pairs[:most]])
    _tell_rest(page, len(pairs), most)


def _pair_caption(pair: NearPair) -> str:
    marks = [
        "conflicting labels" if pair.conflicts else "",
        "across splits" if pair.crosses_splits else "",
        "mirrored" if pair.mirrored else "",
        f"{pair.bits} of 64 bits differ, correlation {pair.correlation:.3f}",
    ]
    return f"{_named(pair.first)} ~ {_named(pair.second)}: " + ", ".join(mark for mark in marks if mark)


def _show_flagged(page: ReportPage, root: Path, heading: str, flagged_files: Sequence[FlaggedFile], most: int) -> None:
    if not flagged_files:
        return
    page.heading(f"{heading} ({len(flagged_files):,})")
    shown = [(_thumbnails(root, flagged.file), flagged) for flagged in flagged_files[:most]]
    page.gallery([(jpegs, f"{_named(flagged.file)}: {flagged.reason}") for jpegs, flagged in shown if jpegs])
    for jpegs, flagged in shown:
        if not jpegs:
            page.paragraph(flagged.reason)
    _tell_rest(page, len(flagged_files), most)


def _tell_rest(page: ReportPage, count: int, most: int) -> None:
    if count > most:
        page.paragraph(f"{count - most:,} more are listed in screening.json.", "note")


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
