"""Builds sdist and wheel, and checks that they hold the four packages, whole, and the wheel nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("edge_app", "train", "convert", "benchmarks")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        # Without `--wheel` the wheel is built from the sdist, as pip does it from a download.
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, str(ROOT)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        names = set(zipfile.ZipFile(next(Path(folder).glob("*.whl"))).namelist())
        with tarfile.open(next(Path(folder).glob("*.tar.gz"))) as sdist:
            unpacked = {name.partition("/")[2] for name in sdist.getnames()}
    expected = _expected()
    packed = {name for name in names if ".dist-info/" not in name}
    missing, surplus = sorted(expected - packed), sorted(name for name in packed if _is_surplus(name))
    lost = sorted(expected - unpacked)
    terms = [name for name in names if ".dist-info/" in name and name.endswith(("/LICENSE", "/NOTICE"))]
    if missing or surplus or lost or len(terms) != 2:
        print(f"wheel: missing {missing}, surplus {surplus}, terms {terms}; sdist: missing {lost}", file=sys.stderr)
        return 1
    print(f"wheel: {len(packed)} files of {', '.join(PACKAGES)}, the licence and the starter's notice; sdist: the same")
    return 0


def _expected() -> set[str]:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    # The browser page, and its list of npm packages; never what npm made of the list.
    files += [path for path in (ROOT / "edge_app" / "browser").iterdir() if path.is_file()]
    files += (ROOT / "edge_app").glob("**/page/*.*")
    files += [ROOT / "edge_app" / "model" / "starter" / name for name in ("cats-dogs-int8.tflite", "NOTICE")]
    files.append(ROOT / "edge_app" / "demo" / "drawn-pets-int8.tflite")
    return {str(path.relative_to(ROOT)) for path in files}


def _is_surplus(name: str) -> bool:
    return name.split("/")[0] not in PACKAGES or "node_modules" in name


if __name__ == "__main__":
    raise SystemExit(main())
