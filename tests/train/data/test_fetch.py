"""Promises of `fieldlens train fetch`: whole, proven and safe, or one sentence and nothing lost."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_app.common.errors import DataError, OutputError, UsageError
from edge_app.photographs.zip_files import extract, plan_extraction
from tests.train.data.photograph_server import Served, serving
from train.__main__ import main
from train.data.archives import DOGS_VS_CATS, Archive, choose_archive
from train.data.download import Patience, download, state_file
from train.data.fetch import download_place, fetch

ROOT = Path(__file__).parent.parent.parent.parent
QUICK = Patience(tries=2, first_wait_s=0.01, timeout_s=5.0)
Usage = namedtuple("Usage", ("total", "used", "free"))


def jpeg(seed: int) -> bytes:
    image = np.random.default_rng(seed).integers(0, 256, (48, 64, 3), dtype=np.uint8)
    return bytes(cv2.imencode(".jpg", image)[1].tobytes())


def pets() -> dict[str, bytes]:
    """What the official archive inspector like, smaller: two classes, a corrupt picture, other files."""
    return {
        "PetImages/Cat/0.jpg": jpeg(0),
        "PetImages/Cat/1.jpg": jpeg(1),
        "PetImages/Cat/666.jpg": b"",
        "PetImages/Cat/Thumbs.db": b"no picture",
        "PetImages/Dog/0.jpg": jpeg(2),
        "PetImages/Dog/1.jpg": jpeg(3),
        "licence.pdf": b"terms",
    }


def zipped(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return held.getvalue()


def described(served: Served, content: bytes | None = None) -> Archive:
    true = served.content if content is None else content
    return Archive("pets", served.url, hashlib.sha256(true).hexdigest(), len(true), "Drawn for a test.")


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(Served(zipped(pets()))) as one:
        yield one


def names_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_whole_download_becomes_a_folder_per_class_with_its_terms(served: Served, tmp_path: Path) -> None:
    found = fetch(described(served), tmp_path / "pets", patience=QUICK)
    assert names_in(tmp_path) == {
        "pets/Cat/0.jpg", "pets/Cat/1.jpg", "pets/Cat/666.jpg", "pets/Dog/0.jpg", "pets/Dog/1.jpg", "pets/NOTICE.txt",
    }  # fmt: skip
    assert (tmp_path / "pets" / "Dog" / "1.jpg").read_bytes() == jpeg(3)
    assert (found.labels, len(found.files)) == (("Cat", "Dog"), 5)
    notice = (tmp_path / "pets" / "NOTICE.txt").read_text()
    for said in ("Drawn for a test.", served.url, "  PetImages/Cat/Thumbs.db\n  licence.pdf\n"):
        assert said in notice
    assert served.requests == [("", "")]


def test_a_server_that_closes_midway_is_asked_for_the_rest(served: Served, tmp_path: Path) -> None:
    served.close_after = [1000]
    fetch(described(served), tmp_path / "pets", patience=QUICK)
    assert served.requests == [("", ""), ("bytes=1000-", '"first"')]
    assert (tmp_path / "pets" / "Dog" / "1.jpg").read_bytes() == jpeg(3)


def test_the_next_command_goes_on_where_the_last_one_gave_up(served: Served, tmp_path: Path) -> None:
    served.close_after, served.statuses = [1000], [200, 503]
    archive, out = described(served), tmp_path / "pets"
    with pytest.raises(DataError, match=r"failed 2 times in a row \(HTTP 503"):
        fetch(archive, out, patience=QUICK)
    assert names_in(tmp_path) == {"pets.download.zip", "pets.download.zip.json"}
    assert download_place(out).read_bytes() == served.content[:1000]
    served.requests.clear()
    fetch(archive, out, patience=QUICK)
    assert served.requests == [("bytes=1000-", '"first"')]


def test_a_file_that_changed_meanwhile_is_fetched_anew_and_not_glued(served: Served, tmp_path: Path) -> None:
    served.close_after, served.statuses = [1000], [200, 503]
    first = described(served)
    with pytest.raises(DataError):
        download(first, tmp_path / "a.zip", QUICK)
    files = pets()
    files["PetImages/Cat/0.jpg"], files["PetImages/Cat/1.jpg"] = jpeg(1), jpeg(0)  # other content, about the same size
    served.content, served.etag = zipped(files), '"second"'
    download(described(served), tmp_path / "a.zip", QUICK)
    assert (tmp_path / "a.zip").read_bytes() == served.content


@pytest.mark.parametrize(("knows_ranges", "etag"), [(False, '"first"'), (True, ""), (True, 'W/"weak"')])
def test_without_ranges_or_a_strong_validator_it_starts_over(knows_ranges: bool, etag: str, tmp_path: Path) -> None:
    with serving(Served(zipped(pets()), etag, knows_ranges, close_after=[1000])) as served:
        download(described(served), tmp_path / "a.zip", QUICK)
        assert (tmp_path / "a.zip").read_bytes() == served.content
        assert served.requests[1] == (("", "") if knows_ranges else ("bytes=1000-", '"first"'))


def test_another_address_does_not_go_on_with_the_first_ones_bytes(served: Served, tmp_path: Path) -> None:
    served.close_after, served.statuses = [1000], [200, 503]
    with pytest.raises(DataError):
        download(described(served), tmp_path / "a.zip", QUICK)
    with serving(Served(served.content)) as mirror:
        download(described(mirror), tmp_path / "a.zip", QUICK)
        assert mirror.requests == [("", "")]


def test_a_shorter_file_than_the_archive_is_refused_before_it_is_downloaded(served: Served, tmp_path: Path) -> None:
    archive = described(served)
    served.content = served.content[:-100]
    with pytest.raises(DataError, match="it is a different file; try a mirror"):
        fetch(archive, tmp_path / "pets", patience=QUICK)
    assert names_in(tmp_path) == set()


def test_a_tampered_archive_is_deleted_told_and_not_unpacked(served: Served, tmp_path: Path) -> None:
    archive = described(served)
    place = served.content.index(jpeg(2)[-40:-20]) if jpeg(2)[-40:-20] in served.content else len(served.content) // 2
    served.content = served.content[:place] + bytes([served.content[place] ^ 1]) + served.content[place + 1 :]
    with pytest.raises(DataError, match="fails its check: SHA-256") as caught:
        fetch(archive, tmp_path / "pets", patience=QUICK)
    assert hashlib.sha256(served.content).hexdigest() in str(caught.value)
    assert names_in(tmp_path) == set()


def test_404_is_final_and_asked_once(served: Served, tmp_path: Path) -> None:
    served.statuses = [404]
    with pytest.raises(DataError, match="answers 404 Not Found; check the address"):
        fetch(described(served), tmp_path / "pets", patience=QUICK)
    assert len(served.requests) == 1


def test_no_network_is_one_sentence_after_as_many_tries_as_allowed(tmp_path: Path) -> None:
    with serving(Served(b"")) as served:
        pass  # its port is closed now
    archive = Archive("pets", served.url, "0" * 64, 100, "")
    with pytest.raises(DataError, match=r"failed 2 times in a row \(connection refused\); 0 MB are kept"):
        fetch(archive, tmp_path / "pets", patience=QUICK)


def test_a_full_disk_is_said_before_anything_is_asked(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12, 2 * len(served.content) - 1))
    with pytest.raises(OutputError, match="are needed to download and unpack the photographs; free some space"):
        fetch(described(served), tmp_path / "pets", patience=QUICK)
    assert served.requests == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 2 * len(served.content)))
    fetch(described(served), tmp_path / "pets", patience=QUICK)


def test_what_a_server_claims_is_held_against_the_free_space_before_a_byte_is_written(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served.claimed_bytes = 10**12
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 2 * 10**12 - 1))
    unsized = Archive("pets", served.url, hashlib.sha256(served.content).hexdigest(), 0, "")
    with pytest.raises(OutputError, match=r"has 2000\.00 GB free and 2000\.00 GB are needed to download and unpack"):
        fetch(unsized, tmp_path / "pets", patience=QUICK)
    assert len(served.requests) == 1
    assert names_in(tmp_path) == set()
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 2 * 10**12))
    with pytest.raises(DataError, match=r"the server closed after [\d,]+ of 1,000,000,000,000 bytes"):
        fetch(unsized, tmp_path / "pets", patience=Patience(tries=1, first_wait_s=0.01, timeout_s=5.0))


def test_a_server_that_sends_more_than_it_said_is_stopped_there(served: Served, tmp_path: Path) -> None:
    said = Archive("pets", served.url, hashlib.sha256(served.content).hexdigest(), len(served.content) - 5, "")
    served.tells_size = False
    with pytest.raises(DataError, match="sends more than the"):
        download(said, tmp_path / "a.zip", QUICK)
    assert (tmp_path / "a.zip").stat().st_size <= said.size_bytes


def test_a_disk_that_fills_up_midway_is_one_sentence_and_keeps_what_has_arrived(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The limit of the process on the size of a file stands for the end of the disk."""
    words = ["fetch", "mine", str(tmp_path / "pets"), "--url", served.url]
    words += ["--sha256", hashlib.sha256(served.content).hexdigest()]
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        assert main(words) == 1
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert f"the system refused `{download_place(tmp_path / 'pets')}`: file too large" in capsys.readouterr().err
    assert download_place(tmp_path / "pets").read_bytes() == served.content[:1000]
    assert main(words) == 0
    assert served.requests[1:] == [("bytes=1000-", '"first"')]


def test_an_archive_put_there_by_hand_is_used_and_another_file_is_left_alone(served: Served, tmp_path: Path) -> None:
    out = tmp_path / "pets"
    download_place(out).write_bytes(b"precious")
    with pytest.raises(DataError, match="is neither a partial download nor pets"):
        fetch(described(served), out, patience=QUICK)
    assert download_place(out).read_bytes() == b"precious"
    download_place(out).write_bytes(served.content)
    fetch(described(served), out, keep=True, patience=QUICK)
    assert served.requests == []
    assert download_place(out).read_bytes() == served.content


def test_an_unknown_size_is_learned_from_the_server_or_asked_for(served: Served, tmp_path: Path) -> None:
    archive = Archive("pets", served.url, hashlib.sha256(served.content).hexdigest(), 0, "")
    served.tells_size = False
    with pytest.raises(DataError, match="does not report its size; give it with --size-bytes"):
        download(archive, tmp_path / "a.zip", QUICK)
    served.tells_size, served.close_after = True, [1000]
    download(archive, tmp_path / "a.zip", QUICK)
    assert (tmp_path / "a.zip").read_bytes() == served.content
    assert not state_file(tmp_path / "a.zip").exists()


def test_notes_beside_a_download_that_cannot_be_read_count_as_none(served: Served, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(served.content[:1000])
    state_file(path).write_text("[" * 100_000)
    download(described(served), path)
    assert path.read_bytes() == served.content


def test_ctrl_c_keeps_what_has_arrived(served: Served, tmp_path: Path) -> None:
    served.content += b"\0" * 40_000_000  # more than fits into the buffers of a socket
    out = tmp_path / "pets"
    code = (  # a reader that dawdles, so that Ctrl-C comes in the middle
        "import sys, time, http.client; read = http.client.HTTPResponse.read\n"
        "def slow(self, size=None): time.sleep(0.02); return read(self, size)\n"
        "http.client.HTTPResponse.read = slow\n"
        "from train.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    digest = hashlib.sha256(served.content).hexdigest()
    words = ["fetch", "mine", str(out), "--url", served.url, "--sha256", digest]
    with subprocess.Popen([sys.executable, "-c", code, *words], cwd=ROOT, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not download_place(out).exists() or not download_place(out).stat().st_size:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.send_signal(2)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in told
    kept = download_place(out).read_bytes()
    assert 0 < len(kept) < len(served.content)
    assert served.content.startswith(kept)
    assert state_file(download_place(out)).exists()
    assert not out.exists()


def entry(name: str, mode: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def archive_of(tmp_path: Path, *entries: tuple[zipfile.ZipInfo, bytes]) -> Path:
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/Cat/0.jpg", jpeg(0))
        archive.writestr("a/Dog/0.jpg", jpeg(1))
        for info, content in entries:
            archive.writestr(info, content)
    return path


@pytest.mark.parametrize(
    "name", ["../../evil.jpg", "/etc/evil.jpg", "a/../../evil.jpg", "..\\evil.jpg", "C:\\evil.jpg", "a/../../notes.txt"]
)
def test_an_entry_outside_the_folder_stops_everything(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="which is outside the archive's folder; nothing was unpacked"):
        plan_extraction(archive_of(tmp_path, (entry(name), b"evil")))


def test_a_link_stops_everything(tmp_path: Path) -> None:
    link = entry("a/Cat/1.jpg", stat.S_IFLNK | 0o777)
    with pytest.raises(DataError, match="a link or device; nothing was unpacked"):
        plan_extraction(archive_of(tmp_path, (link, b"/etc/passwd")))


def test_a_zip_bomb_stops_everything(tmp_path: Path) -> None:
    bomb = zipfile.ZipInfo("a/Cat/1.bmp")
    bomb.compress_type = zipfile.ZIP_DEFLATED
    with pytest.raises(DataError, match="as no archive of photographs does"):
        plan_extraction(archive_of(tmp_path, (bomb, bytes(5_000_000))))


def test_two_entries_of_one_name_stop_everything(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        path = archive_of(tmp_path, (entry("a/Dog/0.jpg"), b"another"))
    with pytest.raises(DataError, match=r"holds 'Dog/0\.jpg' twice"):
        plan_extraction(path)


def test_an_archive_with_a_damaged_entry_leaves_no_folder(served: Served, tmp_path: Path) -> None:
    content = bytearray(served.content)
    content[200:230] = bytes(30)  # inside the first picture: the directory at the end is sound
    served.content = bytes(content)
    with pytest.raises(DataError, match="is not a valid ZIP file"):
        fetch(described(served), tmp_path / "pets", patience=QUICK)
    assert names_in(tmp_path) == {"pets.download.zip"}


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"readme.txt": b"hello"}, "holds no pictures"),
        ({"Cat/0.jpg": jpeg(0), "Cat/1.jpg": jpeg(1)}, "has no labels"),
        ({"a/cat/0.jpg": jpeg(0), "b/readme.txt": b""}, "has no labels"),
    ],
)
def test_an_archive_without_classes_takes_no_place(files: dict[str, bytes], sentence: str, tmp_path: Path) -> None:
    out = tmp_path / "pets"
    out.mkdir()
    (out / "NOTICE.txt").write_text("fetched")
    (out / "old.jpg").write_text("precious")
    with serving(Served(zipped(files))) as served, pytest.raises(DataError, match=sentence) as caught:
        fetch(described(served), out, overwrite=True, patience=QUICK)
    assert ".part" not in str(caught.value)  # the name of a temporary folder says nothing
    assert (out / "old.jpg").read_text() == "precious"


@pytest.mark.parametrize(
    ("files", "places"),
    [
        (("x/train/cat.1.jpg", "x/train/dog.1.jpg"), {"cat.1.jpg", "dog.1.jpg"}),
        (("Cat/1.jpg", "Dog/1.jpg"), {"Cat/1.jpg", "Dog/1.jpg"}),
        (("p\\Cat\\1.jpg", "p\\Dog\\1.jpg"), {"Cat/1.jpg", "Dog/1.jpg"}),
        (("p/Cat/big/1.jpg", "p/Dog/1.jpg", "p/__MACOSX/._1.jpg"), {"Cat/big/1.jpg", "Dog/1.jpg"}),
    ],
)
def test_common_folders_are_dropped(files: tuple[str, ...], places: set[str], tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zipped({name: jpeg(0) for name in files}))
    plan = plan_extraction(path)
    (tmp_path / "out").mkdir()
    extract(path, plan, tmp_path / "out")
    assert names_in(tmp_path / "out") == places


@settings(max_examples=80, deadline=None)
@given(st.lists(st.text("./\\:C a", min_size=1, max_size=12), min_size=1, max_size=4, unique=True))
def test_whatever_the_names_no_entry_leaves_the_folder(names: list[str]) -> None:
    root = Path("/somewhere/folder")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.zip"
        path.write_bytes(zipped({f"{name}.jpg": b"x" for name in names}))
        try:
            plan = plan_extraction(path)
        except DataError:
            return
    for one in plan.entries:
        place = Path(os.path.normpath(root / one.path))
        assert place.is_relative_to(root)
        assert place != root


def test_the_official_archive_is_the_default_and_a_mirror_must_have_its_bytes() -> None:
    assert choose_archive("dogs-vs-cats", None, None, None) == DOGS_VS_CATS
    mirror = choose_archive("dogs-vs-cats", "https://example.org/a.zip", None, None)
    assert (mirror.url, mirror.sha256, mirror.size_bytes) == (
        "https://example.org/a.zip",
        "b7974bd00a84a99921f36ee4403f089853777b5ae8d151c76a86e64900334af9",
        824_887_076,
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("pets", None, None, None), "unknown archive `pets`; choose dogs-vs-cats, or describe yours"),
        (("pets", None, "0" * 64, None), "add --url"),
        (("pets", "file:///etc/passwd", "0" * 64, None), "comes from an http or https address"),
        (("pets", "http://host:port/a.zip", "0" * 64, None), "comes from an http or https address"),
        (("pets", "http://host/a.zip", "abc", None), "a SHA-256 is 64 hexadecimal digits, received `abc`"),
        (("pets", "http://host/a.zip", "0" * 64, 0), "--size-bytes is at least 1 byte, received 0"),
        (("dogs-vs-cats", None, None, 5), "add --sha256"),
    ],
)
def test_a_description_that_cannot_be_meant_is_one_sentence(
    words: tuple[str, str | None, str | None, int | None], sentence: str
) -> None:
    with pytest.raises(UsageError) as caught:
        choose_archive(*words)
    assert sentence in str(caught.value)


def test_the_command_line_fetches_and_says_what_is_next(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "pets"
    words = ["fetch", "mine", str(out), "--url", served.url]
    words += ["--sha256", hashlib.sha256(served.content).hexdigest()]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "folder per class, 5 picture files of 2 classes (Cat 3, Dog 2)" in told
    assert f"next    fieldlens train screen {out}" in told
    assert main(words) == 1
    assert "exists already" in capsys.readouterr().err
