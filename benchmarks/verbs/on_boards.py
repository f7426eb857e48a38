"""`--on HOST…`: the same measurement on boards, over ssh; it goes on there when the connection breaks."""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.results.envelope import read_envelope, read_result
from benchmarks.results.latency import LatencyResult
from benchmarks.results.tables import boards_table
from benchmarks.results.validity import invalid_reasons
from benchmarks.verbs.board_job import encoded
from benchmarks.verbs.output_folder import new_folder
from edge_app.common.atomic_files import write_bytes, write_text
from edge_app.common.command_line import INTERRUPTED
from edge_app.common.errors import OutputError, RemoteError, UsageError
from edge_app.common.notices import escape_control, note
from edge_app.common.outputs import held, refuse_existing
from edge_app.remote.connection import Connection, ConnectionBrokenError, Sent, checked_host
from edge_app.remote.deploy import look, prepare_environment, send, sha256_of

_INPUTS = ("models", "model", "photos", "neither", "labels")
_OURS = ("on", "carry", "ssh_config", "out", "overwrite")
_ASK_EVERY_S, _SAY_EVERY_S = 1.0, 30.0
_GIVE_UP_S = 60.0  # without a connection
_COMPLETE = ("0", "3", str(INTERRUPTED))  # 3: measured, and a requirement is not met


@dataclass(frozen=True)
class Job:
    """A measurement to send.

    Attributes:
        verb: of `benchmarks`, as its module is called.
        arguments: encoded, with the places that the inputs have on the board.
        inputs: place on the board → file here.
    """

    verb: str
    arguments: Mapping[str, Any]
    inputs: Mapping[str, Sent]

    def given(self, environment: str) -> dict[str, Any]:
        """Return what the board gets; its name is that of what is measured, so that the same command finds it again."""
        places = [{"path": path, "sha256": file.sha256} for path, file in sorted(self.inputs.items())]
        about = {"verb": self.verb, "arguments": self.arguments, "inputs": places, "environment": environment}
        name = hashlib.sha256(json.dumps(about, sort_keys=True).encode()).hexdigest()[:12]
        return {"id": name, "module": "benchmarks.verbs.board_job", **about}


def run_on_boards(verb: str, arguments: argparse.Namespace) -> int:
    """Measure on every board at once; bring the results home, and show them in one table.

    Args:
        verb: of `benchmarks`, as its module is called.
        arguments: of it, parsed.

    Raises:
        UsageError: a host is no host, or named twice.
        OutputError: results are there already.
    """
    hosts = [checked_host(host) for host in arguments.on]
    if len(set(hosts)) < len(hosts):
        raise UsageError(f"a board is named twice in --on {' '.join(hosts)}; name each once")
    out = arguments.out or new_folder("boards-")
    folders = {host: out / folder_name(host) for host in hosts}
    unfinished = out / "unfinished"  # what the same command goes on with
    for result in [one for folder in folders.values() for one in folder.glob("*.json")]:
        refuse_existing(result, arguments.overwrite or unfinished.exists())
    job = make_job(verb, arguments)
    with held(out), ThreadPoolExecutor(len(hosts)) as threads:
        runs = {host: threads.submit(_measure, host, job, arguments, folders[host]) for host in hosts}
        failures = {host: error for host, run in runs.items() if (error := run.exception()) is not None}
    for error in failures.values():
        if not isinstance(error, (RemoteError, OutputError)):
            raise error
        note(f"error: {error}")
    home = {host: folders[host] for host in hosts if host not in failures}
    if home:
        print("\n".join(_summary(home)))
    if failures:
        write_text(unfinished, "".join(f"{host}\n" for host in failures))
        note(f"go on with the same command and --out {out}: boards keep what they measured until all of it is home")
        return 1
    unfinished.unlink(missing_ok=True)
    codes = []
    for host in hosts:
        name, code = runs[host].result()
        _forget(host, name, arguments.ssh_config)
        codes.append(code)
    return max(codes)


def folder_name(host: str) -> str:
    """Return a folder for a board's results."""
    return "".join(letter if letter.isalnum() or letter in "._-" else "-" for letter in host).strip(".-") or "board"


def make_job(verb: str, arguments: argparse.Namespace) -> Job:
    """Gather what the board needs: files and folders that the arguments name, in places of their own."""
    inputs: dict[str, Sent] = {}
    sent: dict[str, Any] = {}
    for name, value in vars(arguments).items():
        if name in _INPUTS and isinstance(value, list):
            sent[name] = encoded([_place(path, f"{name}-{at}", inputs) for at, path in enumerate(value)])
        elif name in _INPUTS and isinstance(value, Path):
            sent[name] = encoded(_place(value, name, inputs))
        elif name not in _OURS:
            sent[name] = encoded(value)
    return Job(verb, sent, inputs)


def _place(path: Path, name: str, inputs: dict[str, Sent]) -> Path:
    """Add a file, or all files of a folder, to the inputs; return where it will be."""
    place = Path("inputs") / name / (path.name or path.resolve().name)
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    for file in files:
        inputs[str(place / file.relative_to(path)) if path.is_dir() else str(place)] = Sent(file, sha256_of(file))
    return place


def _measure(host: str, job: Job, arguments: argparse.Namespace, folder: Path) -> tuple[str, int]:
    """Measure on one board; return the name of the measurement there, and its exit code.

    Raises:
        RemoteError: the board refuses, the measurement failed, or the connection is gone for too long.
    """

    def say(text: str) -> None:
        note(f"{host}: {text}")

    with Connection(host, arguments.ssh_config) as connection:
        board = look(connection)
        with tempfile.TemporaryDirectory() as wheels:
            environment = prepare_environment(connection, board, arguments.carry, say, Path(wheels))
        given = job.given(environment)
        name = given["id"]
        if board.jobs.get(name, "died") == "died":
            connection.call("job_forget", {"id": name})
            send(connection, list(job.inputs.values()), say)
        else:
            say("this measurement is there already; it is fetched")
        say(f"measuring (measurement {name})")
        _patient(connection, "job_start", given, say)
        state = _wait(connection, name, say)
        files = _patient(connection, "job_files", {"id": name}, say)
        if state["state"] == "died" or state["code"] not in _COMPLETE or not files:
            connection.call("job_forget", {"id": name})
            raise RemoteError(f"{host}: the measurement ended early: {escape_control(state['log'])}")
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        write_bytes(folder / Path(file).name, base64.b64decode(content))
    say(f"results are in {folder}")
    return str(name), int(state["code"])


def _wait(connection: Connection, name: str, say: Callable[[str], None]) -> Mapping[str, str]:
    said_s = time.monotonic()
    while True:
        state: Mapping[str, str] = _patient(connection, "job_state", {"id": name}, say)
        if state["state"] != "running":
            return state
        if time.monotonic() - said_s > _SAY_EVERY_S:
            said_s = time.monotonic()
            say(escape_control(state["log"].rpartition(" / ")[2].rpartition("\r")[2])[:100])
        time.sleep(_ASK_EVERY_S)


def _patient(connection: Connection, call: str, given: Mapping[str, Any], say: Callable[[str], None]) -> Any:
    """Call, and connect again for a while when the connection breaks."""
    limit_s, told = time.monotonic() + _GIVE_UP_S, False
    while True:
        try:
            return connection.call(call, given)
        except ConnectionBrokenError as error:
            if time.monotonic() > limit_s:
                raise RemoteError(
                    f"{error}; the measurement goes on there, and the same command brings it home"
                ) from error
            if not told:
                say("the connection broke; the measurement goes on there; connecting again")
                told = True
            connection.close()
            time.sleep(_ASK_EVERY_S)


def _summary(home: Mapping[str, Path]) -> list[str]:
    """Return one table over all boards; of other kinds of results, each board's own."""
    first = read_envelope(_result_in(next(iter(home.values()))))
    if first.kind != LatencyResult.KIND:
        return [line for host, folder in home.items() for line in (f"## {host}", "", *_own_table(folder), "")]
    results = {host: read_result(folder / "result.json", LatencyResult) for host, folder in home.items()}
    reasons = [f"INVALID: {host}: {one}" for host, result in results.items() for one in invalid_reasons(result)]
    ways = " ".join(str(folder / "result.json") for folder in home.values())
    more = [f"compare  fieldlens bench compare {ways}"] if len(home) > 1 else []
    return [str(boards_table(results)), "", *reasons, *(f"results  {folder}" for folder in home.values()), *more]


def _result_in(folder: Path) -> Path:
    return next(path for path in sorted(folder.glob("*.json")))


def _own_table(folder: Path) -> Sequence[str]:
    tables = [path.read_text(encoding="utf-8").splitlines() for path in sorted(folder.glob("*.md"))[:1]]
    return [*(line for lines in tables for line in lines), f"results  {folder}"]


def _forget(host: str, name: str, ssh_config: Path | None) -> None:
    """Delete on a board what is home."""
    try:
        with Connection(host, ssh_config) as connection:
            connection.call("job_forget", {"id": name})
    except RemoteError as error:
        note(f"{error} (the results are home)")
