"""The one gate before every loader: a file that carries code is refused, unless the user trusts who made it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from edge_app.common.errors import ForeignCodeError, MissingDependencyError, RunFolderError
from edge_app.common.installing import not_installed
from edge_app.common.notices import escape_control
from edge_app.common.trust import is_trusted
from edge_app.model.foreign_code.keras_layers import foreign_layers, hub_handles, read_architecture
from edge_app.model.foreign_code.saved_model import GRAPH_FILE, foreign_operators, layer_descriptions

_SHOWN = 3  # of what was found, in the sentence

_Stamp = tuple[tuple[str, int, int], ...]


def refuse_foreign_run(run: Path) -> None:
    """Refuse a run folder that carries code in any of its networks, whichever of them is going to be loaded.

    Raises:
        ForeignCodeError: it does.
        RunFolderError: a network in it is damaged.
    """
    for path in (run / "saved_model", run / "model.h5"):
        if path.exists():
            refuse_foreign_code(path, whole=True)


def refuse_foreign_code(path: Path, whole: bool = False, hub: bool = False) -> None:
    """Refuse a network that carries code; nothing of it runs here.

    Args:
        path: an HDF5 file, or the folder of a SavedModel.
        whole: also look at the layers that Keras describes beside the graph of a SavedModel.
        hub: also look into the TF Hub modules that an HDF5 file names, because they are loaded with it.

    Raises:
        ForeignCodeError: it carries code, and the user has not said --trust.
        RunFolderError: it cannot be looked into.
    """
    if is_trusted():
        return
    try:
        found = _in_folder(path, whole or hub) if path.is_dir() else _in_file(path, hub)
    except ImportError as error:
        raise MissingDependencyError(not_installed("h5py", "train")) from error
    except (OSError, ValueError, RecursionError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise RunFolderError(f"`{path}` cannot be loaded ({reason}); train again with --overwrite") from error
    if found:
        shown = escape_control(", ".join(found[:_SHOWN]))
        more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        raise ForeignCodeError(
            f"`{path}` holds more than a network: {shown}{more} may read and write files and run "
            "programs with your rights; if you know who made it, add --trust"
        )


def _in_folder(folder: Path, described: bool) -> list[str]:
    if not (folder / GRAPH_FILE).is_file():
        raise ValueError(f"it has no {GRAPH_FILE}")
    stamp = _stamp(folder)
    found = [f"the operator `{name}`" for name in _foreign_operators(folder, stamp)]
    if described:
        texts = _layer_descriptions(folder, stamp)
        found += [f"the layer `{name}`" for name in sorted({name for text in texts for name in foreign_layers(text)})]
    return found


def _stamp(folder: Path) -> _Stamp:
    """Return what changes with the content of a folder: one network is loaded several times, and looked into once."""
    files = [(path, path.stat()) for path in sorted(folder.rglob("*"))]
    return tuple((str(path), found.st_size, found.st_mtime_ns) for path, found in files)


@lru_cache(maxsize=16)
def _foreign_operators(folder: Path, _stamp: _Stamp) -> tuple[str, ...]:
    return tuple(foreign_operators(folder))


@lru_cache(maxsize=16)
def _layer_descriptions(folder: Path, _stamp: _Stamp) -> tuple[str, ...]:
    return tuple(layer_descriptions(folder))


def _in_file(path: Path, hub: bool) -> list[str]:
    architecture = read_architecture(path)
    if architecture is None:
        return []
    found = [f"the layer `{name}`" for name in foreign_layers(architecture)]
    for handle in hub_handles(architecture) if hub else ():
        if "://" in handle:
            found.append(f"the TF Hub module `{handle}`")
        elif Path(handle).is_dir():
            refuse_foreign_code(Path(handle))
    return found
