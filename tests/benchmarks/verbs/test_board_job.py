"""What is sent to a board is what was given here."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from benchmarks.verbs import run
from benchmarks.verbs.board_job import decoded, encoded
from benchmarks.verbs.on_boards import folder_name, make_job
from edge_app.common.command_line import HelpfulParser
from edge_app.model.starter import STARTER


def parsed(*words: str) -> argparse.Namespace:
    parser = HelpfulParser("bench run")
    run.add_arguments(parser)
    return parser.parse_args(words)


@pytest.mark.parametrize("value", [None, 3, "text", (1, 2), [Path("a b"), Path("c")], 0.5, (0.1, (1, 2)), True, [], ()])
def test_arguments_come_back_as_they_were(value: object) -> None:
    back = decoded(json.loads(json.dumps(encoded(value))))
    assert back == value
    assert type(back) is type(value)


def test_files_get_places_of_their_own_and_the_same_command_the_same_name(tmp_path: Path) -> None:
    photos = tmp_path / "my photos"
    (photos / "cat").mkdir(parents=True)
    (photos / "cat" / "1.jpg").write_bytes(b"1")
    words = (str(STARTER), str(STARTER), "--photos", str(photos), "--threads", "1,2", "--on", "a", "b", "--out", "x")
    job = make_job("run", parsed(*words))
    assert sorted(job.inputs) == [
        f"inputs/models-0/{STARTER.name}",
        f"inputs/models-1/{STARTER.name}",
        "inputs/photos/my photos/cat/1.jpg",
    ]
    assert decoded(job.arguments["models"])[1] == Path(f"inputs/models-1/{STARTER.name}")
    assert decoded(job.arguments["threads"]) == (1, 2)
    assert not {"on", "out", "overwrite", "ssh_config"} & set(job.arguments)
    assert make_job("run", parsed(*words[:-1], "y")).given("e") == job.given("e")
    assert make_job("run", parsed(*words, "--rounds", "3")).given("e")["id"] != job.given("e")["id"]


def test_folders_of_boards_stay_inside_the_output() -> None:
    assert folder_name("pi@board.local") == "pi-board.local"
    assert folder_name("..") == "board"
    assert folder_name("ssh://pi@b:22/") == "ssh---pi-b-22"
