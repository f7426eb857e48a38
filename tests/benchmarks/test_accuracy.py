"""Promises of the photographs that a benchmark judges on: augmented copies are not among them."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.accuracy import choose_photographs
from edge_app.augmented_manifest import AugmentedCopy, copy_name, format_manifest
from edge_app.errors import DataError
from edge_app.splits import sha256_of, split_of


@pytest.fixture
def augmented(tmp_path: Path) -> Path:
    """Forty files per class, those that train with a copy whose own bytes would put it into the test split."""
    copies = []
    for label in ("cat", "dog"):
        (tmp_path / label).mkdir()
        for number in range(40):
            origin, content = f"{label}/{number}.jpg", f"{label} {number}".encode()
            (tmp_path / origin).write_bytes(content)
            if split_of(sha256_of(content)) == "train":
                copies.append(AugmentedCopy(copy_name(origin, 1), origin, sha256_of(content), 0, 1, ()))
                (tmp_path / copies[-1].file).write_bytes(content_that_would_test(origin))
    (tmp_path / "augmented.csv").write_bytes(format_manifest(copies))
    return tmp_path


def content_that_would_test(name: str) -> bytes:
    candidates = (f"{name} copy {number}".encode() for number in range(1000))
    return next(content for content in candidates if split_of(sha256_of(content)) == "test")


def test_copies_are_judged_on_neither_in_the_test_split_nor_among_all(augmented: Path) -> None:
    held_out, everything = choose_photographs(augmented, False).files, choose_photographs(augmented, True).files
    assert len(everything) == 80
    assert 10 <= len(held_out) <= 30
    for path, _ in (*held_out, *everything):
        assert ".fieldlens-copy-" not in path.name
    assert all(split_of(sha256_of(path.read_bytes())) == "test" for path, _ in held_out)


def test_a_changed_original_is_refused(augmented: Path) -> None:
    origin = next(augmented.glob("cat/*fieldlens*")).name.removesuffix("-jpg.fieldlens-copy-1.jpg")
    (augmented / "cat" / f"{origin}.jpg").write_bytes(b"saved anew")
    with pytest.raises(DataError, match="has changed since its copies were made"):
        choose_photographs(augmented, False)
