"""Promises of --mqtt, kept to a real broker: mosquitto, which is killed, started again and asked for passwords."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.experiments.mqtt.broker import Broker
from benchmarks.experiments.mqtt.subscriber import Heard, Subscriber
from edge_app.sinks.home_assistant import HOME_STATUS, Topics
from edge_app.sinks.mqtt import CA_VARIABLE, PASSWORD_VARIABLE, USER_VARIABLE, MqttSink
from tests.edge_app.display.display_examples import display_example

DOOR = Topics("front door")
USER, PASSWORD = "camera", "a secret of the house"
LATE_S = 30.0
"""Fails a test; nothing is measured with it."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running:
        yield running


def address(broker: Broker, scheme: str = "mqtt") -> str:
    return f"{scheme}://127.0.0.1:{broker.port}/front%20door"


def app(broker: Broker, *words: str) -> list[str]:
    command = [sys.executable, "-m", "edge_app", "--source", "demo", "--no-window", "--mqtt", address(broker)]
    return [*command, *words]


def states(subscriber: Subscriber) -> list[dict[str, Any]]:
    return [json.loads(one.text) for one in subscriber.heard if one.topic == DOOR.state]


def is_state(label: str) -> Any:
    return lambda one: one.topic == DOOR.state and json.loads(one.text)["label"] == label


def is_status(text: str) -> Any:
    return lambda one: one.topic == DOOR.status and one.text == text and not one.old


def shown_until(sink: MqttSink, subscriber: Subscriber, label: str) -> Heard:
    """Show a label, frame by frame, until the house knows it."""
    until_s = time.monotonic() + LATE_S
    while time.monotonic() < until_s:
        sink.consume(display_example(label, ((label, 0.75),)))
        heard = subscriber.wait(is_state(label), 0.05)
        if heard is not None:
            return heard
    raise AssertionError(f"{label} was not told: {subscriber.heard}")


def test_the_app_tells_a_house_what_it_is_what_it_sees_and_that_it_ends(broker: Broker, tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    with Subscriber(broker.port) as house:
        words = app(broker, "--demo-fps", "20", "--frames", "60", "--jsonl", str(lines))
        subprocess.run(words, check=True, capture_output=True, timeout=120)
        assert house.wait(is_status("offline"), LATE_S)
    shown = {json.loads(line)["shown"] for line in lines.read_text().splitlines()}
    told = states(house)
    assert told
    assert {one["label"] for one in told} <= shown
    assert all(0 < one["score"] <= 100 for one in told)
    statuses = [one.text for one in house.heard if one.topic == DOOR.status]
    assert statuses[0] == "online"
    assert statuses[-1] == "offline"
    with Subscriber(broker.port) as late:  # a house that starts afterwards is told the same
        description = late.wait(lambda one: one.topic == DOOR.discovery, LATE_S)
        status = late.wait(lambda one: one.topic == DOOR.status, LATE_S)
        state = late.wait(lambda one: one.topic == DOOR.state, LATE_S)
    assert description is not None
    assert status is not None
    assert state is not None
    assert json.loads(description.text)["dev"]["ids"] == [DOOR.id]
    assert (description.old, state.old, status.old, status.text) == (True, True, True, "offline")


def test_an_app_that_is_killed_is_offline(broker: Broker) -> None:
    with Subscriber(broker.port) as house, subprocess.Popen(app(broker, "--demo-fps", "20")) as running:
        assert house.wait(lambda one: one.topic == DOOR.state, LATE_S)
        running.kill()
        assert house.wait(is_status("offline"), LATE_S)


def test_without_a_broker_every_frame_is_classified_and_the_fault_is_told_once(broker: Broker) -> None:
    broker.kill()
    done = subprocess.run(
        app(broker, "--frames", "50", "--demo-fps", "25", "--jsonl", "-"),
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert len(done.stdout.splitlines()) == 50
    assert done.stderr.count("does not answer (connection refused); classifying continues") == 1


def test_a_broker_that_comes_back_empty_is_told_everything_without_a_new_frame(broker: Broker) -> None:
    with MqttSink(address(broker)) as sink:
        with Subscriber(broker.port) as house:
            shown_until(sink, house, "cat")
        broker.kill()
        for _ in range(3):
            sink.consume(display_example("dog", (("dog", 0.75),)))
        broker.start()
        with Subscriber(broker.port) as house:
            assert house.wait(is_state("dog"), LATE_S)
            assert house.wait(lambda one: one.topic == DOOR.discovery, LATE_S)
            assert house.wait(lambda one: one.topic == DOOR.status and one.text == "online", LATE_S)
        assert "cat" not in [one["label"] for one in states(house)]  # what nobody sees any more is not told


def test_a_home_assistant_that_starts_is_told_again(broker: Broker) -> None:
    with Subscriber(broker.port) as house, MqttSink(address(broker)) as sink:
        shown_until(sink, house, "cat")
        house.heard.clear()
        house.say(HOME_STATUS, "online")
        assert house.wait(lambda one: one.topic == DOOR.discovery, LATE_S)
        assert house.wait(is_state("cat"), LATE_S)


def test_the_will_of_an_older_connection_does_not_stay(broker: Broker) -> None:
    with Subscriber(broker.port) as house, MqttSink(address(broker)) as sink:
        shown_until(sink, house, "cat")
        house.heard.clear()
        house.say(DOOR.status, "offline")
        assert house.wait(is_status("online"), LATE_S)


def test_a_label_that_flickers_does_not_flood_a_house(broker: Broker) -> None:
    with Subscriber(broker.port) as house, MqttSink(address(broker)) as sink:
        shown_until(sink, house, "cat")
        began_s = time.monotonic()
        for number in range(2000):
            label = ("cat", "dog")[number % 2]
            sink.consume(display_example(label, ((label, 0.75),)))
        lasted_s = time.monotonic() - began_s
        shown_until(sink, house, "owl")
    assert len(states(house)) <= 1 + lasted_s + 3
    assert states(house)[-1]["label"] == "owl"


def test_a_broker_with_passwords_and_a_certificate_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, certificate, passwords = tmp_path / "key.pem", tmp_path / "certificate.pem", tmp_path / "passwords"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    words += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=broker"]
    subprocess.run([*words, "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    subprocess.run(["mosquitto_passwd", "-c", "-b", str(passwords), USER, PASSWORD], check=True, capture_output=True)
    settings = [f"certfile {certificate}", f"keyfile {key}", "allow_anonymous false", f"password_file {passwords}"]
    with Broker(tmp_path, settings) as broker:

        def known(client: Any) -> None:
            client.tls_set(str(certificate))
            client.username_pw_set(USER, PASSWORD)

        def told() -> str:
            words = app(broker, "--demo-fps", "20", "--frames", "40", "--mqtt", address(broker, "mqtts"))
            return subprocess.run(words, check=True, capture_output=True, text=True, timeout=120).stderr

        assert "certificate verify failed" in told()
        monkeypatch.setenv(CA_VARIABLE, str(certificate))
        assert f"refuses: not authorized (set {USER_VARIABLE} and {PASSWORD_VARIABLE})" in told()
        monkeypatch.setenv(USER_VARIABLE, USER)
        monkeypatch.setenv(PASSWORD_VARIABLE, PASSWORD)
        with Subscriber(broker.port, known) as house:
            accepted = told()
            assert house.wait(lambda one: one.topic == DOOR.state, LATE_S)
            assert house.wait(is_status("offline"), LATE_S)
    assert "MQTT broker" not in accepted
    assert PASSWORD not in accepted
