"""Promises of `fieldlens train group`: what belongs together is found, written once, and moved by nothing later."""

from __future__ import annotations

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest

from edge_app.photographs.folders import find_photographs
from edge_app.photographs.groups import marked, read_manifest
from train.__main__ import main
from train.data.loading import hash_files
from train.data.splits import SplitFile
from train.screening.capture import Shot, burst_of, shot_of, source_picture
from train.screening.grouping import bursts, group_photographs, keys_of


def drawn(seed: int, side: int = 64) -> np.ndarray:
    """A picture unlike those of other seeds: smooth noise in colour."""
    rough = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), np.uint8)
    return np.asarray(cv2.resize(rough, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def jpeg(seed: int, side: int = 64) -> bytes:
    return bytes(cv2.imencode(".jpg", drawn(seed, side))[1].tobytes())


def with_exif(content: bytes, taken: str, model: str = "Pixel", fraction: str = "") -> bytes:
    """Put an EXIF header with model, time and hundredths into a JPEG file."""
    texts = [model.encode() + b"\0", taken.encode() + b"\0", (fraction or "00").encode() + b"\0\0"]
    places = [100, 120, 150]
    block = bytearray(200)
    block[:8] = b"II*\0" + struct.pack("<I", 8)
    struct.pack_into("<H", block, 8, 2)
    struct.pack_into("<HHII", block, 10, 0x0110, 2, len(texts[0]), places[0])
    struct.pack_into("<HHII", block, 22, 0x8769, 4, 1, 40)
    struct.pack_into("<H", block, 40, 2)
    struct.pack_into("<HHII", block, 42, 0x9003, 2, len(texts[1]), places[1])
    struct.pack_into("<HH", block, 54, 0x9291, 2)
    struct.pack_into("<I4s", block, 58, 3, texts[2][:4])
    for place, text in zip(places[:2], texts, strict=False):
        block[place : place + len(text)] = text
    segment = b"Exif\0\0" + bytes(block)
    return content[:2] + b"\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + content[2:]


def write(root: Path, **files: bytes) -> Path:
    """Write `cat__1` as cat/1.jpg."""
    for name, content in files.items():
        path = root / (name.replace("__", "/") + ".jpg")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def test_the_time_of_a_photograph_is_read_from_its_header() -> None:
    shot = shot_of(with_exif(jpeg(0), "1970:01:02 00:00:01", "Pixel 8", "25"))
    assert shot == Shot(86401.25, "Pixel 8")
    assert shot_of(jpeg(0)) is None
    assert shot_of(with_exif(jpeg(0), "0000:00:00 00:00:00")) is None
    whole = with_exif(jpeg(0), "2024:05:01 10:00:00")
    assert all(shot_of(whole[:length]) is None for length in range(60))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("cat/kitchen_frame_0012.jpg", "cat/kitchen"),
        ("cat/frame12.png", "cat/"),
        ("cat/VID_2024.mp4_000012.jpg", "cat/VID_2024.mp4"),
        ("cat/walk_mp4-12_jpg.rf.0123456789abcdef.jpg", "cat/walk_mp4"),
        ("cat/IMG_7_jpg.rf.0123456789abcdef.jpg", "cat/IMG_7"),
        ("cat/IMG_1234.jpg", ""),
        ("cat.12.jpg", ""),
        ("cat/picture frame.jpg", ""),
    ],
)
def test_names_say_which_video_a_frame_is_from(path: str, source: str) -> None:
    assert source_picture(path) == source


@pytest.mark.parametrize(
    ("path", "burst"),
    [
        ("cat/IMG_20240501_100000_BURST001.jpg", "cat/IMG_20240501_100000"),
        ("cat/IMG_20240501_100000_BURST012_COVER.jpg", "cat/IMG_20240501_100000"),
        ("cat/00001IMG_00001_BURST20240501100000123_COVER.jpg", "cat/20240501100000123"),
        ("cat/20240501_100000_003.jpg", "cat/20240501_100000"),
        ("cat/20240501_100000.jpg", ""),
        ("cat/IMG_1234.jpg", ""),
    ],
)
def test_names_say_which_burst_a_photograph_is_from(path: str, burst: str) -> None:
    assert burst_of(path) == burst


def test_photographs_of_one_camera_two_seconds_apart_are_a_burst() -> None:
    shots = {"a": Shot(0, "x"), "b": Shot(2, "x"), "c": Shot(4, "x"), "d": Shot(6.5, "x"), "e": Shot(2, "y")}
    assert bursts(shots) == (("a", "b", "c"),)


def test_what_is_fixed_stays_and_of_a_new_group_one_of_it_decides() -> None:
    files = [SplitFile(path, "x", "train", path * 64) for path in "abcdef"]
    keys = keys_of(files, [("a", "b"), ("b", "c"), ("d", "e")], {"b": "1" * 64, "e": "2" * 64, "d": "3" * 64})
    assert keys == {
        "a": "1" * 64,
        "b": "1" * 64,
        "c": "1" * 64,
        "d": "3" * 64,
        "e": "2" * 64,
        "f": "f" * 64,
    }
    assert set(keys_of(files, [("a", "b", "c")], {}).values()) - {"d" * 64, "e" * 64, "f" * 64} < {
        "a" * 64,
        "b" * 64,
        "c" * 64,
    }


def photographs(root: Path) -> Path:
    """Two near copies, three of a burst, two frames, two of a session, and ten others of each of two classes."""
    taken = [with_exif(jpeg(10 + number), f"2024:05:01 10:00:0{number}") for number in range(3)]
    starts = {"cat": 100, "dog": 150}
    others = {f"{label}__{n}": jpeg(start + n) for label, start in starts.items() for n in range(10)}
    return write(
        root,
        cat__small=jpeg(1),
        cat__large=jpeg(1, 128),
        cat__burst1=taken[0],
        cat__burst2=taken[1],
        dog__burst3=taken[2],
        dog__clip_frame_1=jpeg(20),
        dog__clip_frame_2=jpeg(21),
        cat__live1=marked(jpeg(30), "kitchen"),
        dog__live2=marked(jpeg(31), "kitchen"),
        **others,
    )


def together(root: Path) -> set[frozenset[str]]:
    files, _ = hash_files(find_photographs(root))
    by_key: dict[str, set[str]] = {}
    for file in files:
        by_key.setdefault(file.key, set()).add(Path(file.path).stem)
    assert len({(file.key, file.split) for file in files}) == len(by_key)  # a group is in one split
    return {frozenset(names) for names in by_key.values() if len(names) > 1}


GROUPED = {
    frozenset({"small", "large"}),
    frozenset({"burst1", "burst2", "burst3"}),
    frozenset({"clip_frame_1", "clip_frame_2"}),
    frozenset({"live1", "live2"}),
}


def test_near_copies_bursts_frames_and_sessions_are_found_and_honoured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photographs(tmp_path)
    assert together(tmp_path) == {frozenset({"live1", "live2"})}
    assert main(["group", str(tmp_path), "--dry-run"]) == 0
    assert not (tmp_path / "groups.csv").exists()
    assert "dry run" in capsys.readouterr().out
    assert main(["group", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "29 photographs in 24 groups; the largest has 3; 0 were listed before" in told
    assert together(tmp_path) == GROUPED
    assert group_photographs(find_photographs(tmp_path)).moved == 0


def test_photographs_that_come_later_join_their_group_and_move_no_listed_one(tmp_path: Path) -> None:
    photographs(tmp_path)
    assert main(["group", str(tmp_path)]) == 0
    before = {row.path: row.group for row in read_manifest(tmp_path)}
    write(tmp_path, cat__huge=jpeg(1, 200), dog__clip_frame_3=jpeg(22), cat__near_3=jpeg(103, 100), cat__new=jpeg(999))
    (tmp_path / "dog" / "9.jpg").rename(tmp_path / "dog" / "renamed.jpg")
    assert main(["group", str(tmp_path)]) == 0
    after = {row.path: row.group for row in read_manifest(tmp_path)}
    assert {path: after[path] for path in before} == before
    assert after["cat/huge.jpg"] == before["cat/small.jpg"]
    assert after["dog/clip_frame_3.jpg"] == before["dog/clip_frame_1.jpg"]
    assert after["cat/near_3.jpg"] == before["cat/3.jpg"]
    assert after["dog/renamed.jpg"] == before["dog/9.jpg"]
    assert after["cat/new.jpg"] not in before.values()
