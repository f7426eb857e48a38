"""Builds the wheel and checks that it holds the four packages, whole, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("edge_app", "train", "convert", "benchmarks")


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, str(ROOT)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        names = set(zipfile.ZipFile(next(Path(folder).glob("*.whl"))).namelist())
    expected = {str(path.relative_to(ROOT)) for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    # The browser page, and its list of npm packages; never what npm made of the list.
    expected |= {str(path.relative_to(ROOT)) for path in (ROOT / "edge_app" / "browser").iterdir() if path.is_file()}
    packed = {name for name in names if ".dist-info/" not in name}
    missing, surplus = sorted(expected - packed), sorted(name for name in packed if _is_surplus(name))
    licence = [name for name in names if name.endswith("LICENSE")]
    if missing or surplus or not licence:
        print(f"wheel: missing {missing}, surplus {surplus}, licence {licence}", file=sys.stderr)
        return 1
    print(f"wheel: {len(packed)} files of {', '.join(PACKAGES)}, and the licence")
    return 0


def _is_surplus(name: str) -> bool:
    return name.split("/")[0] not in PACKAGES or "node_modules" in name


if __name__ == "__main__":
    raise SystemExit(main())
