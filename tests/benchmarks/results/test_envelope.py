import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest

from benchmarks.results.device import Device, examine_device
from benchmarks.results.envelope import KINDS, now, read_envelope, read_result, write_envelope, write_result
from edge_app.common.errors import ResultError


@dataclass(frozen=True)
class Measured:
    KIND: ClassVar[str] = "live"

    date: str
    device: Device
    times_s: tuple[float, ...]


def _written(tmp_path: Path, **changes: object) -> Path:
    path = tmp_path / "r.json"
    content = {"kind": "live", "schema": 1, "date": "2026-11-28", "device": None, "payload": {}} | changes
    path.write_text(json.dumps(content))
    return path


def test_a_record_is_written_as_an_envelope_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "results" / "live.json"
    measured = Measured(now(), examine_device(), (0.25, 0.5))
    write_result(path, measured, {"median_s": 0.375})
    content = json.loads(path.read_text())
    assert list(content) == ["kind", "schema", "date", "device", "payload"]
    assert (content["kind"], content["schema"], content["date"]) == ("live", 1, measured.date)
    assert content["device"]["cores"] == measured.device.cores
    assert content["payload"] == {"derived": {"median_s": 0.375}, "times_s": [0.25, 0.5]}
    assert read_result(path, Measured).times_s == (0.25, 0.5)


def test_the_date_is_iso_and_utc() -> None:
    assert now()[10] == "T"
    assert now().endswith("+00:00")


def test_what_has_no_record_is_written_and_read_as_it_is(tmp_path: Path) -> None:
    write_envelope(tmp_path / "t.json", "tfjs", {"loads": [1.5]}, None, "2026-11-25")
    found = read_envelope(tmp_path / "t.json", "tfjs")
    assert (found.kind, found.date, found.device, found.payload) == ("tfjs", "2026-11-25", None, {"loads": [1.5]})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"kind": "soak"}, "is a result of kind `soak`; a `live` is needed"),
        ({"schema": 2}, "has schema 2, this version reads up to 1; update FieldLens"),
        ({"date": "yesterday"}, "is no result of FieldLens (Invalid isoformat string: 'yesterday')"),
        ({"payload": []}, "is no result of FieldLens (`payload` must be an object, received [])"),
    ],
)
def test_another_envelope_is_refused_in_a_sentence(tmp_path: Path, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ResultError) as told:
        read_envelope(_written(tmp_path, **changes), "live")
    assert sentence in str(told.value)


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultError, match="the kind `guess` is unknown; known are latency"):
        read_envelope(_written(tmp_path, kind="guess"))


def test_an_older_file_is_told_how_to_become_one(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text('{"schema_version": 2, "files": []}')
    with pytest.raises(ResultError, match=r"no result of FieldLens .*: python -m benchmarks.results.migrate"):
        read_envelope(path)


@pytest.mark.parametrize("text", ["{", "[1]", "\udcff"])
def test_what_is_no_json_object_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ResultError):
        read_envelope(path)
    with pytest.raises(ResultError):
        read_envelope(tmp_path / "missing.json")


def test_a_payload_that_does_not_fit_is_named_by_its_field(tmp_path: Path) -> None:
    device = json.loads(json.dumps(examine_device().__dict__))
    path = _written(tmp_path, device=device, payload={"times_s": [1, None]})
    with pytest.raises(ResultError, match=r"is damaged: `times_s\[1\]` must be a number, received null; measure again"):
        read_result(path, Measured)


def test_kinds_are_kebab_case_and_said_in_a_sentence() -> None:
    assert all(name == name.lower() and "_" not in name for name in KINDS)
    assert all(len(sentence) > 20 for sentence in KINDS.values())
