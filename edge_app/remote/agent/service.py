"""Environments, releases, and the service that runs one of them."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from edge_app.remote.agent.base import (
    Fault,
    alive,
    alone,
    detached,
    end,
    forget,
    inside,
    names,
    one_name,
    prepare,
    tail,
    text,
    write,
)
from edge_app.remote.agent.systemd import call, ends_again_and_again, install_unit, is_active, manager

_OLD_S = 3600.0  # a file that nothing uses may be about to be used until then
_ASK_EVERY_S = 0.1


def current() -> str | None:
    """Return the release that the service runs; None: none."""
    try:
        return inside("current").readlink().name
    except OSError:
        return None


def releases() -> dict[str, Any]:
    """Return the manifest of every release."""
    found = {}
    for name in names("releases"):
        manifest = text(inside("releases", name, "manifest.json"))
        if manifest:
            found[name] = json.loads(manifest)
    return found


def environments() -> list[str]:
    """Return the environments that are complete."""
    return [name for name in names("environments") if inside("environments", name, "complete").exists()]


def address() -> str:
    """Return the address of the page, as this connection reaches the board; "": there is none."""
    manifest = releases().get(current() or "", {})
    if not manifest.get("web"):
        return ""
    there = ([*os.environ.get("SSH_CONNECTION", "").split(), "", "", ""])[2] or "localhost"
    host = f"[{there}]" if ":" in there else there
    return f"http://{host}:{manifest['web']}/?token={text(inside('state', 'token')).strip()}"


def environment(given: dict[str, Any], _stream: BinaryIO) -> None:
    """Make a virtual environment with our wheel and what it needs: from the board's index, or from carried wheels."""
    prepare()
    folder = inside("environments", given["id"])
    with alone(wait=True):  # an interrupted deploy may still be making it
        if (folder / "complete").exists():
            return
        shutil.rmtree(folder, ignore_errors=True)
        try:
            _make(folder, given)
        except (Fault, OSError):
            shutil.rmtree(folder, ignore_errors=True)  # the disk may be full of it
            raise


def _make(folder: Path, given: dict[str, Any]) -> None:
    wheels = folder / "wheels"
    sites = ["--system-site-packages"] if given["system_site"] else []
    with inside("state", "install.log").open("wb") as log:
        _finish([sys.executable, "-m", "venv", *sites, str(folder)], log)
        wheels.mkdir()
        for wheel in given["wheels"]:
            os.link(inside("files", wheel["sha256"]), wheels / one_name(wheel["name"]))
        ours = f"fieldlens[{given['extra']}] @ file://{quote(str(wheels / given['wheels'][0]['name']))}"
        index = ["--no-index", "--find-links", str(wheels)] if len(given["wheels"]) > 1 else []
        pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--no-input"]
        pip += ["--cache-dir", str(inside("state", "pip"))]
        _finish([*pip, "install", "--quiet", *index, ours], log)
    shutil.rmtree(wheels)
    write(folder / "complete", "")


def _finish(command: list[str], log: Any) -> None:
    """Run a step of the installation; its output goes into the log."""
    start = log.tell()
    if subprocess.call(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log) == 0:
        return
    said = text(Path(log.name))[start:].splitlines()
    errors = [line[len("ERROR: ") :] for line in said if line.startswith("ERROR: ")] or said[-1:] or ["it said nothing"]
    full = any("No space left" in line for line in said)
    way = "its disk is full: free some space there" if full else "if the board has no internet, add --carry"
    raise Fault(f"the environment could not be made: {errors[0]}; {way} (its log is {log.name})")


def start(given: dict[str, Any], _stream: BinaryIO) -> dict[str, Any]:
    """Switch the service to a release and wait for a label; go back to the last one if none comes."""
    prepare()
    with alone(wait=False):
        before, name = current(), given["id"]
        _lay_out(name, given["manifest"])
        kind = manager()
        if kind != "none":
            install_unit(kind)
        _switch(name)
        failure = _no_label(given["wait_s"])
        if failure:
            why = tail(inside("state", "service.log"))
            raise Fault(f"{failure} ({why}); {_go_back(before, name, given['wait_s'])}")
        _prune({name, before})
    return {"label": text(inside("state", "label")).strip(), "address": address()}


def _go_back(before: str | None, name: str, wait_s: float) -> str:
    """Run the last release again; say so."""
    if before is None or before == name or before not in releases():
        stop()
        return "there is no other release to go back to, so the service is stopped"
    _switch(before)
    failure = _no_label(wait_s)
    shutil.rmtree(inside("releases", name), ignore_errors=True)
    return f"the release before, {before}, " + ("gives no label either" if failure else "runs again")


def _lay_out(name: str, manifest: dict[str, Any]) -> None:
    """Make the folder of a release, unless it is there."""
    folder, token = inside("releases", name), inside("state", "token")
    if not text(token):
        write(token, secrets.token_urlsafe(12) + "\n", 0o600)
    if text(folder / "manifest.json"):
        return
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "models").mkdir(parents=True)
    for model in manifest["models"]:
        os.link(inside("files", model["sha256"]), folder / "models" / one_name(model["name"]))
    label = shlex.quote(str(inside("state", "label")))
    words = f'printf "%s %s\\n" "$FIELDLENS_LABEL" "$FIELDLENS_SCORE" >"$0.new" && mv "$0.new" {label}'
    first = "# The first label after a start shows that the service works.\n"
    write(folder / "label", f"{first}[ -e {label} ] || {{ {words}; }}\n")
    write(folder / "start", _script(folder, manifest))
    write(folder / "manifest.json", json.dumps(manifest))


def _script(folder: Path, manifest: dict[str, Any]) -> str:
    """Return what the service runs."""
    python = inside("environments", manifest["environment"]) / "bin" / "python"
    models = [str(folder / "models" / model["name"]) for model in manifest["models"]]
    web = ["--web", str(manifest["web"]), "--web-address", "0.0.0.0"] if manifest["web"] else []
    command = [str(python), "-P", "-m", "edge_app", "run", *models, "--no-window", *manifest["options"], *web]
    command += ["--on-change", "/bin/sh " + shlex.quote(str(folder / "label"))]
    state = shlex.quote(str(inside("state")))
    lines = [
        "#!/bin/sh",
        f"cd {state} || exit 1",
        f"export PYTHONUNBUFFERED=1 XDG_CACHE_HOME={state}",
        'FIELDLENS_WEB_TOKEN="$(cat token)" && export FIELDLENS_WEB_TOKEN',
        f"exec {' '.join(map(shlex.quote, command))} >/dev/null 2>service.log",
    ]
    return "\n".join(lines) + "\n"


def _switch(name: str) -> None:
    """Point `current` to a release in one step, and start it."""
    link = inside("current.new")
    forget(link)
    link.symlink_to(Path("releases") / one_name(name))  # a full disk is seen before anything is stopped
    stop()
    link.replace(inside("current"))
    forget(inside("state", "label"))
    forget(inside("state", "service.log"))
    kind = manager()
    if kind != "none":
        call(kind, "restart")
        return
    write(inside("state", "pid"), detached(["/bin/sh", str(inside("current", "start"))], inside("state")))


def running() -> bool:
    """Whether the service runs."""
    kind = manager()
    return alive(inside("state", "pid")) > 0 if kind == "none" else is_active(kind)


def stop() -> None:
    """Stop the service and wait for its end."""
    kind = manager()
    if kind != "none":
        call(kind, "stop")
        return
    end(inside("state", "pid"))


def _no_label(wait_s: float) -> str:
    """Wait for the first label; return why none came, "": it came."""
    kind, limit = manager(), time.monotonic() + wait_s
    while time.monotonic() < limit:
        if text(inside("state", "label")):
            return ""
        if ends_again_and_again(kind) if kind != "none" else not running():
            return "the service ended at once"
        time.sleep(_ASK_EVERY_S)
    return f"no label came within {wait_s:g} s"


def _prune(kept: set[str | None]) -> None:
    """Delete releases, environments and files that neither a kept release nor a measurement uses."""
    for name in names("releases"):
        if name not in kept:
            shutil.rmtree(inside("releases", name), ignore_errors=True)
    used = {manifest["environment"] for manifest in releases().values()}
    used |= {json.loads(text(inside("jobs", name, "job.json")) or "{}").get("environment") for name in names("jobs")}
    for name in names("environments"):
        if name not in used and _is_old(inside("environments", name)):
            shutil.rmtree(inside("environments", name), ignore_errors=True)
    for name in names("files"):
        if inside("files", name).stat().st_nlink == 1 and _is_old(inside("files", name)):
            inside("files", name).unlink()


def _is_old(path: Path) -> bool:
    """Whether nobody can be about to use it."""
    return time.time() - path.stat().st_mtime > _OLD_S
