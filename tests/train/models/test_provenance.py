"""Promises of `run.json` about the files that a network started from: named, with the hash of what was read."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from train.models.architectures.custom_cnn import TINY
from train.models.architectures.hub import HUB
from train.models.architectures.mobilenet_v2 import MOBILENET_V2, weights_file
from train.models.pretrained_weights import cached_path
from train.models.provenance import pretrained_sha256


def of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_weights_of_the_cache_and_of_a_file_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert pretrained_sha256(MOBILENET_V2, "imagenet") == {}
    cached = cached_path(weights_file(224, 1.0))
    cached.parent.mkdir(parents=True)
    cached.write_bytes(b"downloaded")
    (tmp_path / "mine.h5").write_bytes(b"mine")
    assert pretrained_sha256(MOBILENET_V2, "imagenet") == {cached.name: of(b"downloaded")}
    assert pretrained_sha256(MOBILENET_V2, str(tmp_path / "mine.h5")) == {"mine.h5": of(b"mine")}
    assert pretrained_sha256(MOBILENET_V2, "none") == {}
    assert pretrained_sha256(TINY, "imagenet") == {}


def test_every_file_of_a_module_is_named_by_a_path_or_by_a_handle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = "https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/feature_vector/5"
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    module = tmp_path / hashlib.sha1(handle.encode(), usedforsecurity=False).hexdigest()
    recipe = replace(HUB, hub=handle)
    assert pretrained_sha256(recipe, "imagenet") == {}
    (module / "variables").mkdir(parents=True)
    (module / "saved_model.pb").write_bytes(b"graph")
    (module / "variables" / "variables.index").write_bytes(b"index")
    expected = {"saved_model.pb": of(b"graph"), "variables/variables.index": of(b"index")}
    assert pretrained_sha256(recipe, "imagenet") == expected
    assert pretrained_sha256(replace(HUB, hub=str(module)), "imagenet") == expected
