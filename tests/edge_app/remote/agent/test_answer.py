"""What a board answers when its system refuses."""

from __future__ import annotations

import errno
import io
import json

import pytest

from edge_app.remote.agent import answer


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "its disk is full; free some space there"),
        (OSError(errno.EACCES, "Permission denied", "/etc/x"), "the system refused `/etc/x`: Permission denied"),
        (OSError(errno.EIO, "Input/output error"), "the system refused: Input/output error"),
    ],
)
def test_a_refusal_is_a_sentence(
    error: OSError, sentence: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setitem(answer.CALLS, "look", refuse)
    assert answer.main(io.BytesIO(b'{"call": "look", "given": {}}\n')) == 0
    told = json.loads(capsys.readouterr().out.strip().removeprefix(answer.MARK))
    assert sentence in told["fault"]
