"""Promises of the layout: every room says what it is for, only its face is imported, no file circles, no long file.

The order of the rooms is import-linter's (`pyproject.toml`). A room has a face when its `__init__.py` has `__all__`:
the names of the modules that other rooms may import. Rooms without `__all__` are open.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROGRAMS = ("edge_app", "train", "convert", "benchmarks")
MOST_LINES = 450


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for program in PROGRAMS for path in sorted((ROOT / program).rglob("*.py"))}
PACKAGES = {name for name, path in FILES.items() if path.name == "__init__.py"}


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(FILES[name].read_text(encoding="utf-8"))


@cache
def imported(name: str) -> frozenset[str]:
    """Our modules that a module imports, at its top, inside of functions, or for types only."""

    def targets() -> Iterator[str]:
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module is not None:
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    yield inner if inner in FILES else node.module

    return frozenset(target for target in targets() if target in FILES and target != name)


@cache
def face(package: str) -> frozenset[str] | None:
    """The modules that others may import; None: the package does not say."""
    for node in tree(package).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return frozenset(ast.literal_eval(node.value))
    return None


def rooms_entered(importer: str, target: str) -> Iterator[tuple[str, str]]:
    """Every package below a program that the import enters from outside, with the first name inside of it."""
    parts = target.split(".")
    for depth in range(2, len(parts)):
        room = ".".join(parts[:depth])
        if room in PACKAGES and importer != room and not importer.startswith(f"{room}."):
            yield room, parts[depth]


def test_only_faces_are_imported() -> None:
    offences = [
        f"{importer} imports {target}: `{inside}` is not in the face of {room}"
        for importer in FILES
        for target in sorted(imported(importer))
        for room, inside in rooms_entered(importer, target)
        if (modules := face(room)) is not None and inside not in modules
    ]
    assert not offences, "\n".join(offences)


@pytest.mark.parametrize("room", sorted(name for name in PACKAGES if "." in name and face(name) is not None))
def test_what_a_face_names_is_there(room: str) -> None:
    assert [name for name in sorted(face(room) or ()) if f"{room}.{name}" not in FILES] == []


def test_the_rooms_of_the_device_half_have_faces() -> None:
    rooms = [name for name in PACKAGES if name.count(".") == 1 and name.startswith("edge_app.")]
    assert len(rooms) > 5
    assert [room for room in rooms if face(room) is None and room != "edge_app.verbs"] == []


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_every_package_says_what_it_is_for(package: str) -> None:
    assert ast.get_docstring(tree(package)), f"{FILES[package].relative_to(ROOT)} needs a docstring"


def test_no_files_import_each_other_in_a_circle() -> None:
    done: set[str] = set()
    path: list[str] = []

    def visit(name: str) -> None:
        if name in path:
            pytest.fail(" → ".join([*path[path.index(name) :], name]))
        if name in done:
            return
        path.append(name)
        for target in sorted(imported(name)):
            visit(target)
        path.pop()
        done.add(name)

    for name in FILES:
        visit(name)


def test_no_module_is_too_long_to_read_in_one_sitting() -> None:
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in FILES.items()}
    assert {name: length for name, length in lengths.items() if length > MOST_LINES} == {}


APART = {"real", "browser", "peers"}
"""Folders of tests that may need real photographs and weights; `make test` does without."""


def test_what_make_test_runs_needs_nothing_beside_the_clone() -> None:
    def needs_data(path: Path) -> bool:
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        return any(isinstance(node, ast.arg) and node.arg == "data_folder" for node in nodes)

    rooms = [path for path in (ROOT / "tests").iterdir() if path.name not in APART]
    files = [file for room in rooms for file in ([room] if room.suffix == ".py" else room.rglob("*.py"))]
    assert len(files) > 200
    assert [file.relative_to(ROOT) for file in files if needs_data(file)] == []


def test_what_make_test_edge_runs_imports_nothing_of_the_training_half() -> None:
    """At the top of a file, where it would keep pytest from collecting: TensorFlow is not installed there."""
    command = ["make", "--silent", "--no-print-directory", "--eval=edge-tests: ; @echo $(EDGE_TESTS)", "edge-tests"]
    folders = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    files = [file for folder in folders for file in (ROOT / folder).rglob("*.py")]
    assert len(files) > 100

    def heavy(name: str) -> bool:
        return name.removeprefix("tests.").split(".")[0] in {"train", "convert", "tensorflow", "tf_keras"}

    for file in files:
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(map(heavy, names)), f"{file.relative_to(ROOT)}:{node.lineno}"
