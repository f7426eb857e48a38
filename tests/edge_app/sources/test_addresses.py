"""No user, password or token of an address is ever shown, however odd the address."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.common.errors import SourceError
from edge_app.sources.addresses import shown_address
from edge_app.sources.opening import open_source


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("rtsp://admin:secret@10.0.0.7:8554/live?x=1", "rtsp://10.0.0.7:8554/live?x=1"),
        ("http://cam/video.cgi?user=me&pwd=secret&size=2", "http://cam/video.cgi?user=…&pwd=…&size=2"),
        ("http://cam/?loginpas=secret&Token=secret", "http://cam/?loginpas=…&Token=…"),
        ("rtsp://me:se/cret@cam/live", "rtsp://cam/live"),
        ("http://me:a@b@cam/", "http://cam/"),
        ("http://[me:secret@cam/", "http://cam/"),
        ("http://cam:8080/a@b", "http://cam:8080/a@b"),
        ("demo", "demo"),
    ],
)
def test_what_is_shown(address: str, shown: str) -> None:
    assert shown_address(address) == shown


WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789!$%*+-.~", min_size=1)


@given(WORDS, WORDS, st.sampled_from(["rtsp", "http", "rtmp", "udp"]), st.sampled_from(["pwd", "password", "token"]))
def test_secrets_never_come_through(secret: str, user: str, scheme: str, name: str) -> None:
    secret = f"SECRET{secret}SECRET"
    assert "SECRET" not in shown_address(f"{scheme}://{user}:{secret}@camera:80/live?{name}={secret}&x=1")


@pytest.mark.parametrize("address", ["rtmp://me:SECRET@cam/x", "http://[me:SECRET@cam/x", "rtps://cam/?pwd=SECRET"])
def test_no_error_shows_them(address: str) -> None:
    with pytest.raises(SourceError) as caught:
        open_source(address).open(print)  # type: ignore[union-attr]  # a file source raises before
    assert "SECRET" not in str(caught.value)
