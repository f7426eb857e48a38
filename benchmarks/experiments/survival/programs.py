"""The commands that are killed: small ones, a folder for each, what they must leave and what they may not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import ResultError
from edge_app.common.outputs import CONVERSION_FILE
from edge_app.common.own_process import python_command
from edge_app.model.run_folder import RUN_FILE
from edge_app.photographs.augmented_manifest import MANIFEST_NAME

_PATIENCE_S = 600.0


@dataclass(frozen=True)
class Victim:
    """A command that writes one output.

    Attributes:
        name: of the program and its verb.
        words: the command line without what follows from the state of the output.
        output: the folder that it makes.
        sign: the file that a whole output has.
        resumes: whether a second start may go on with `--resume`.
    """

    name: str
    words: tuple[str, ...]
    output: Path
    sign: str
    resumes: bool = False

    @property
    def unfinished(self) -> Path:
        """Where an unfinished training keeps its state."""
        return self.output.with_name(f"{self.output.name}.unfinished")

    def command(self) -> list[str]:
        """Return the command line that goes on from whatever is there."""
        more = []
        if self.resumes and (self.unfinished / "settings.json").is_file() and not self.output.exists():
            more = ["--resume"]
        elif self.output.exists() or self.unfinished.exists():
            more = ["--overwrite"]
        return [*self.words, *more]

    def files(self) -> dict[str, int]:
        """Return size in bytes by path of what is in the output; none where there is none."""
        paths = sorted(path for path in self.output.rglob("*") if path.is_file())
        return {str(path.relative_to(self.output)): path.stat().st_size for path in paths}

    def clear(self) -> None:
        """Delete the output and everything beside it."""
        for path in self.output.parent.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def leftovers(self) -> list[str]:
        """Name what lies beside the output."""
        known = (self.output.name,)
        return sorted(path.name for path in self.output.parent.iterdir() if path.name not in known)


def victims(photographs: Path, run: Path, model: Path, folder: Path) -> tuple[Victim, ...]:
    """Return the commands.

    Args:
        photographs: a small labelled folder.
        run: a finished run of it.
        model: a file of its bundle.
        folder: for the outputs, one folder each.
    """

    def out(name: str) -> Path:
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        return place / "out"

    train = (
        "fit",
        str(photographs),
        "--recipe",
        "tiny",
        "--epochs",
        "8",
        "--patience",
        "8",
        "--out",
        str(out("train")),
    )
    compress = ("compress", str(run), "--method", "prune", "--epochs", "2", "--out", str(out("compress")))
    bench = ("run", str(model), "--rounds", "1", "--seconds", "2", "--out", str(out("bench")))
    return (
        Victim("train", tuple(python_command("train", *train)), out("train"), RUN_FILE, resumes=True),
        Victim(
            "convert",
            tuple(python_command("convert", "run", str(run), "--out", str(out("convert")))),
            out("convert"),
            CONVERSION_FILE,
        ),
        Victim("compress", tuple(python_command("train", *compress)), out("compress"), RUN_FILE),
        Victim(
            "augment",
            tuple(python_command("train", "augment", str(photographs), str(out("augment")), "--flip", "0.5")),
            out("augment"),
            MANIFEST_NAME,
        ),
        # The raw result comes first, so that a fault in drawing cannot lose it; the plot comes last.
        Victim("bench", tuple(python_command("benchmarks", *bench)), out("bench"), "plot.png"),
    )


def run_to_end(command: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Run a command; return its exit code and what it said."""
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_PATIENCE_S,
        check=False,
        env={**os.environ, **(environment or {})},
    )
    return done.returncode, done.stdout


def timed(victim: Victim) -> float:
    """Run a command undisturbed; return how long it took, seconds.

    Raises:
        ResultError: it failed.
    """
    begin_s = time.monotonic()
    code, said = run_to_end(victim.command())
    if code != 0:
        raise ResultError(f"`{' '.join(victim.words)}` failed with code {code}: {said.strip().splitlines()[-1:]}")
    return time.monotonic() - begin_s


def kill_after(command: Sequence[str], delay_s: float) -> bool:
    """Start a command and kill it with all that it started; return whether it was still running."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(delay_s)
        return False
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return True


def weights_sha256(run: Path) -> str:
    """Return the hash of a run's weights."""
    return str(json.loads((run / RUN_FILE).read_text(encoding="utf-8"))["weights_sha256"])
