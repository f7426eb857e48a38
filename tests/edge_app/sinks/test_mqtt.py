"""Promises of --mqtt that need no broker: addresses, names, refusals; the rest is kept in `tests/services`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from edge_app.common.errors import MissingDependencyError, UsageError
from edge_app.sinks.home_assistant import Topics, discovery_message, state_message
from edge_app.sinks.mqtt import CA_VARIABLE, BrokerAddress, MqttSink


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("mqtt://house/door", BrokerAddress("house", 1883, False, "door")),
        ("mqtts://house/front%20door/", BrokerAddress("house", 8883, True, "front door")),
        ("mqtt://[fd00::2]:99/door", BrokerAddress("fd00::2", 99, False, "door")),
    ],
)
def test_an_address_names_the_broker_and_the_device(text: str, address: BrokerAddress) -> None:
    assert BrokerAddress.parse(text) == address


def test_a_device_without_a_name_has_its_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "garden-pi")
    assert BrokerAddress.parse("mqtt://house").device == "garden-pi"


@pytest.mark.parametrize(
    "text", ["house", "http://house", "mqtt://", "mqtt://house:99999", "mqtt://a..b", "mqtt://h?x=1"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no address of a broker; write mqtt://HOST"):
        BrokerAddress.parse(text)


def test_a_password_in_the_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(UsageError, match="set FIELDLENS_MQTT_USER and FIELDLENS_MQTT_PASSWORD instead") as refusal:
        BrokerAddress.parse("mqtt://me:secret@house")
    assert "secret" not in str(refusal.value)


def test_topics_hold_only_letters_that_home_assistant_allows() -> None:
    topics = Topics("front door/#+ ü")
    assert topics.id == "fieldlens_front_door"
    assert topics.discovery == "homeassistant/device/fieldlens_front_door/config"
    assert Topics("###").id == "fieldlens_device"


def test_one_message_describes_the_device_and_both_sensors() -> None:
    topics = Topics("door")
    told = json.loads(discovery_message(topics, "pets-int8"))
    assert (told["dev"]["ids"], told["dev"]["name"], told["dev"]["mdl"]) == (["fieldlens_door"], "door", "pets-int8")
    assert told["o"]["name"] == "FieldLens"
    assert (told["avty_t"], told["stat_t"]) == ("fieldlens/fieldlens_door/status", "fieldlens/fieldlens_door/state")
    sensors = told["cmps"]
    assert {name: one["p"] for name, one in sensors.items()} == {"label": "sensor", "score": "sensor"}
    assert len({one["uniq_id"] for one in sensors.values()}) == 2
    assert sensors["label"]["val_tpl"] == "{{ value_json.label }}"
    assert (sensors["score"]["val_tpl"], sensors["score"]["unit_of_meas"]) == ("{{ value_json.score }}", "%")


def test_a_state_is_json_whatever_the_label_is() -> None:
    assert json.loads(state_message('"cat"\n\ud83d', 0.87654)) == {"label": '"cat"\n\ud83d', "score": 87.7}
    assert len(json.loads(state_message("x" * 999, 1.0))["label"]) == 255  # more is no state of Home Assistant


def test_a_missing_package_is_a_sentence_before_anything_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge_app.sinks.mqtt.find_spec", lambda _: None)
    with pytest.raises(MissingDependencyError, match=r"--mqtt needs paho-mqtt; run.*\[mqtt\]"):
        MqttSink("mqtt://house")


def test_a_file_of_certificates_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("edge_app.sinks.mqtt.find_spec", lambda _: True)
    monkeypatch.setenv(CA_VARIABLE, str(tmp_path / "none.pem"))
    with pytest.raises(UsageError, match=f"of {CA_VARIABLE} is no file of certificates"):
        MqttSink("mqtts://house")


def test_the_app_does_not_load_mqtt_unless_asked() -> None:
    code = "import sys, edge_app.sinks.outputs, edge_app.app; assert not [n for n in sys.modules if 'mqtt' in n]"
    subprocess.run([sys.executable, "-c", code], check=True)
