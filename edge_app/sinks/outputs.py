"""Which sinks a run has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_app.common.errors import UsageError
from edge_app.common.notices import note
from edge_app.common.outputs import refuse_existing
from edge_app.display.controls import Controls
from edge_app.sinks.sink import Sink


@dataclass(frozen=True)
class Outputs:
    """Where results go, as the command line gives it.

    Attributes:
        window: a window, where there is a screen.
        jsonl: a file of JSON lines; `-` is stdout.
        save: the annotated video.
        web: the port of the page; 0: any free one; None: no page.
        web_address: it listens on.
        on_change: command to run when the label changes.
        mqtt: address of a broker that is told the label.
        collect: folder for frames.
        when: which frames, as `--when` says it.
        collect_budget: of that folder, as `--collect-budget` says it.
        overwrite: whether existing files may be replaced.
    """

    window: bool = True
    jsonl: str | None = None
    save: Path | None = None
    web: int | None = None
    web_address: str = "127.0.0.1"
    on_change: str | None = None
    mqtt: str | None = None
    collect: Path | None = None
    when: str = "unsure"
    collect_budget: str = "500MB"
    overwrite: bool = False


def refuse_replacing(outputs: Outputs, inputs: Sequence[Path]) -> None:
    """Refuse files that may not be written, before anything else is done.

    Args:
        outputs: what was asked for.
        inputs: models, labels and the source, where it is a file or folder.

    Raises:
        OutputError: a file is there, or is one of those that are read.
    """
    files = [None if outputs.jsonl in (None, "-") else Path(str(outputs.jsonl)), outputs.save]
    for path in files:
        if path is not None:
            refuse_existing(path, outputs.overwrite, inputs=inputs)


def build_sinks(outputs: Outputs, fps: float, controls: Controls) -> list[Sink]:
    """Return everything the user asked for; lines on stdout where there is nothing else to see.

    Args:
        outputs: what was asked for.
        fps: at which a video shall play.
        controls: what a window's keys change.

    Raises:
        FieldLensError: an output cannot be used.
    """
    sinks: list[Sink] = _files(outputs, fps)
    if outputs.web is not None:
        from edge_app.web.sink import WebSink

        sinks.append(WebSink(outputs.web_address, outputs.web))
    elif outputs.web_address != "127.0.0.1":
        raise UsageError(f"--web-address {outputs.web_address} needs --web")
    visible = bool(sinks)
    if outputs.window:
        from edge_app.sinks.window import WindowSink, why_no_window

        reason = why_no_window()
        if reason is None:
            from edge_app.sinks.key_captures import KeyCaptureSink

            sinks += [WindowSink(controls), KeyCaptureSink(controls)]
        elif not visible:
            note(f"no window ({reason}): labels are printed; to see the pictures, add --web or --save labelled.mp4")
    if not sinks:
        from edge_app.sinks.lines import TextLinesSink

        sinks.append(TextLinesSink())
    return sinks + _consequences(outputs)


def _files(outputs: Outputs, fps: float) -> list[Sink]:
    sinks: list[Sink] = []
    if outputs.jsonl is not None:
        from edge_app.sinks.lines import JsonLinesSink

        sinks.append(JsonLinesSink(outputs.jsonl, outputs.overwrite))
    if outputs.save is not None:
        from edge_app.sinks.video import VideoSink

        sinks.append(VideoSink(outputs.save, fps, outputs.overwrite))
    return sinks


def _consequences(outputs: Outputs) -> list[Sink]:
    """What happens because of a label; there is nothing to see of it."""
    sinks: list[Sink] = []
    if outputs.on_change is not None:
        from edge_app.sinks.on_change import OnChangeSink

        sinks.append(OnChangeSink(outputs.on_change))
    if outputs.mqtt is not None:
        from edge_app.sinks.mqtt import MqttSink

        sinks.append(MqttSink(outputs.mqtt))
    if outputs.collect is not None:
        from edge_app.sinks.collect import CollectRule, CollectSink, parse_size

        sinks.append(CollectSink(outputs.collect, CollectRule.parse(outputs.when), parse_size(outputs.collect_budget)))
    return sinks
