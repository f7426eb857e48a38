"""The official converter, in an environment of its own: see `make peers-tfjs`."""

from __future__ import annotations

import subprocess
from pathlib import Path

from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import ConversionError, MissingDependencyError

PEERS_ENVIRONMENT = Path(".venv-peers-tfjs")
_TIMEOUT_S = 600


def convert_officially(saved_model: Path, out: Path, signature: str, environment: Path = PEERS_ENVIRONMENT) -> None:
    """Convert a SavedModel with `tensorflowjs_converter`.

    Args:
        saved_model: the folder.
        out: folder of the graph model.
        signature: to convert.
        environment: virtual environment that has `tensorflowjs`.

    Raises:
        MissingDependencyError: the environment is not there.
        ConversionError: the converter failed.
    """
    program = environment / "bin" / "tensorflowjs_converter"
    if not program.is_file():
        raise MissingDependencyError(f"`{environment}` has no tensorflowjs_converter; make it with: make peers-tfjs")
    with atomic_folder(out, overwrite=True, sign="model.json") as folder:
        command = [str(program), "--input_format=tf_saved_model", "--saved_model_tags=serve"]
        command += [f"--signature_name={signature}", str(saved_model), str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
        if done.returncode or not (folder / "model.json").is_file():
            reason = (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]
            raise ConversionError(f"the official converter cannot convert `{saved_model}`: {reason}")
