"""The live loop while its broker is there, gone for a minute, back, and stalled."""

from __future__ import annotations

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from benchmarks.experiments.mqtt.broker import Broker, mosquitto
from benchmarks.experiments.mqtt.subscriber import Heard, Subscriber
from benchmarks.experiments.mqtt.watched import Seen, Watched, between, run_watched
from benchmarks.results.device import examine_device
from benchmarks.results.envelope import now, write_result
from benchmarks.results.mqtt import HEAD, BrokerOutage, Phase, State, rows
from edge_app.common.outputs import refuse_existing
from edge_app.common.own_process import python_command
from edge_app.common.tables import text_table
from edge_app.sinks.home_assistant import ONLINE, Topics
from edge_app.sinks.mqtt import MqttSink

_DEVICE = "camera of the experiment"
_AFTER_S = 15.0  # until everything is as it was
_RIGHT_WITHIN_S = 30.0


def run_outage(model: Path, away_s: float, fps: float, out: Path | None, overwrite: bool) -> int:
    """Measure; print a table, write the raw result.

    Args:
        model: a `.tflite` file.
        away_s: how long the broker is there, gone and stalled, each.
        fps: of the drawn camera.
        out: where the result goes.
        overwrite: whether an existing result may be replaced.

    Raises:
        FieldLensError: mosquitto, paho-mqtt or the model cannot be used.
    """
    if out is not None:
        refuse_existing(out, overwrite)
    result = measure_outage(model, away_s, fps)
    print(text_table(HEAD, rows(result)))
    again = f"right again after {result.right_s:.2f} s, online after {result.online_s:.2f} s"
    print(f"{again}; at the end {result.last_status}")
    if out is not None:
        write_result(out, result)
        print(f"results  {out}")
    return 0


def measure_outage(model: Path, away_s: float, fps: float) -> BrokerOutage:
    """Run the loop beside a broker that is killed, started again, and stalled.

    Raises:
        FieldLensError: see `run_outage`.
    """
    with tempfile.TemporaryDirectory() as folder, Broker(Path(folder)) as broker, _alone(model, fps) as alone:
        sink = MqttSink(f"mqtt://127.0.0.1:{broker.port}/{_DEVICE}")
        story = _Story(broker, sink.topics, away_s)
        watched = run_watched(model, fps, sink, story.tell)
        with Subscriber(broker.port) as late:
            last = late.wait(lambda one: one.topic == sink.topics.status)
        control = alone()
    if story.fault is not None:
        raise story.fault
    return BrokerOutage(
        date=now(),
        device=examine_device(),
        fps=fps,
        file=model.name,
        broker=_what_it_is(),
        client=version("paho-mqtt"),
        phases=tuple(_phase(told, watched.seen, control) for told in story.phases),
        right_s=story.right_s,
        online_s=story.online_s,
        last_status="" if last is None else last.text,
    )


@contextmanager
def _alone(model: Path, fps: float) -> Iterator[Callable[[], list[Seen]]]:
    """Run the same loop without a broker in a process of its own; what is yielded ends it and returns what it saw."""
    command = python_command("benchmarks.experiments.mqtt.watched", str(model), str(fps))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        running.stdout.readline()

        def end() -> list[Seen]:
            return [Seen(*one) for one in json.loads(running.communicate()[0])]

        try:
            yield end
        finally:
            running.kill()


def _phase(told: _Told, seen: list[Seen], control: list[Seen]) -> Phase:
    frames, longest_gap_s = between(seen, told.begin_s, told.end_s)
    alone, alone_gap_s = between(control, told.begin_s, told.end_s)
    return Phase(
        broker=told.broker,
        seconds=told.end_s - told.begin_s,
        frames=len(frames),
        dropped=frames[-1].dropped - frames[0].dropped,
        longest_gap_s=longest_gap_s,
        longest_consume_s=max(one.consume_s for one in frames),
        messages=told.messages,
        frames_alone=len(alone),
        dropped_alone=alone[-1].dropped - alone[0].dropped,
        longest_gap_alone_s=alone_gap_s,
    )


class _Told(NamedTuple):
    broker: State
    begin_s: float
    end_s: float
    messages: int


class _Story:
    """What happens to the broker, told in a thread of its own."""

    def __init__(self, broker: Broker, topics: Topics, away_s: float) -> None:
        self._broker, self._topics, self._away_s = broker, topics, away_s
        self.phases: list[_Told] = []
        self.right_s = self.online_s = float("inf")
        self.fault: BaseException | None = None

    def tell(self, watched: Watched) -> None:
        """Let everything happen, then end the loop."""
        try:
            self._tell(watched)
        except BaseException as fault:
            self.fault = fault
        finally:
            watched.ending = True

    def _tell(self, watched: Watched) -> None:
        with Subscriber(self._broker.port) as before:
            time.sleep(2.0)  # the first frames
            self._wait("there", self._away_s, before)
            self._broker.kill()
        self._wait("gone", self._away_s)
        back_s = self._broker.start()
        with Subscriber(self._broker.port) as after:
            self._wait("back", _AFTER_S, after)
            self._judge(after, back_s, watched)
            self._broker.stall(True)
            self._wait("stalled", self._away_s, after)
            self._broker.stall(False)
            time.sleep(_AFTER_S)

    def _wait(self, broker: State, seconds: float, subscriber: Subscriber | None = None) -> None:
        begin_s = time.monotonic()
        time.sleep(seconds)
        end_s = time.monotonic()
        heard = [] if subscriber is None else list(subscriber.heard)
        messages = sum(one.topic == self._topics.state and begin_s <= one.at_s < end_s for one in heard)
        self.phases.append(_Told(broker, begin_s, end_s, messages))

    def _judge(self, subscriber: Subscriber, back_s: float, watched: Watched) -> None:
        def is_right(one: Heard) -> bool:
            return one.topic == self._topics.state and json.loads(one.text)["label"] == watched.shown(one.at_s)

        right = subscriber.wait(is_right, _RIGHT_WITHIN_S)
        online = subscriber.wait(lambda one: one.topic == self._topics.status and one.text == ONLINE, _RIGHT_WITHIN_S)
        self.right_s = float("inf") if right is None else right.at_s - back_s
        self.online_s = float("inf") if online is None else online.at_s - back_s


def _what_it_is() -> str:
    words: Sequence[str] = [mosquitto(), "-h"]
    told = subprocess.run(words, capture_output=True, text=True, check=False)
    return (told.stdout or told.stderr).partition("\n")[0].strip()
