"""Measurements that go on when the connection breaks."""

from __future__ import annotations

import base64
import json
import os
import shlex
import shutil
from typing import Any, BinaryIO

from edge_app.remote.agent.base import alive, detached, inside, prepare, tail, text, write


def job_start(given: dict[str, Any], _stream: BinaryIO) -> None:
    """Start a measurement that goes on by itself; nothing is done where it is there already."""
    prepare()
    folder = inside("jobs", given["id"])
    if text(folder / "job.json"):
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file in given["inputs"]:
        path = inside("jobs", given["id"], *file["path"].split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(inside("files", file["sha256"]), path)
    python = inside("environments", given["environment"]) / "bin" / "python"
    words = [str(python), "-P", "-m", given["module"], "job.json"]
    command = " ".join(map(shlex.quote, words))
    cache = f"export XDG_CACHE_HOME={shlex.quote(str(inside('state')))}"
    script = f"{cache}; {command} >log 2>&1; echo $? >code.new; mv code.new code"
    write(folder / "job.json", json.dumps(given))
    write(folder / "pid", detached(["/bin/sh", "-c", script], folder))


def job_state(given: dict[str, Any], _stream: BinaryIO) -> dict[str, Any]:
    """Return `absent`, `running`, `done` or `died`, the exit code and the end of the log."""
    folder = inside("jobs", given["id"])
    runs = alive(folder / "pid") > 0  # asked first: it may end in between
    code = text(folder / "code").strip()
    state = "done" if code else "running" if runs else "died" if text(folder / "job.json") else "absent"
    return {"state": state, "code": code, "log": tail(folder / "log")}


def job_files(given: dict[str, Any], _stream: BinaryIO) -> dict[str, str]:
    """Return what a measurement wrote, Base64 by name."""
    folder = inside("jobs", given["id"], "out")
    files = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
    return {path.name: base64.b64encode(path.read_bytes()).decode() for path in files}


def job_forget(given: dict[str, Any], _stream: BinaryIO) -> None:
    """Delete a measurement that came home, or that died."""
    shutil.rmtree(inside("jobs", given["id"]), ignore_errors=True)
