"""What Home Assistant is told so that a device and its sensors appear by themselves.

One retained message describes the device: https://www.home-assistant.io/integrations/mqtt/#device-discovery-payload
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

HOME_STATUS = "homeassistant/status"
"""Where Home Assistant says `online` after its start; whoever hears it says again what it is."""
ONLINE, OFFLINE = "online", "offline"
HEARTBEAT_S = 10.0
_EXPIRES_S = 60
"""Home Assistant shows a sensor as unavailable after so long without a message: the app runs, and no frame comes."""
_LONGEST_LABEL = 255  # of a state of Home Assistant


@dataclass(frozen=True)
class Topics:
    """The topics of one device.

    Attributes:
        name: of the device, as its owner wrote it.
    """

    name: str

    @property
    def id(self) -> str:
        """The name in letters that topics and Home Assistant allow."""
        return "fieldlens_" + (re.sub(r"[^a-zA-Z0-9_-]+", "_", self.name).strip("_") or "device")

    @property
    def status(self) -> str:
        """`online` or `offline`."""
        return f"fieldlens/{self.id}/status"

    @property
    def state(self) -> str:
        """Label and score, as JSON."""
        return f"fieldlens/{self.id}/state"

    @property
    def discovery(self) -> str:
        """Where Home Assistant looks for devices."""
        return f"homeassistant/device/{self.id}/config"


def discovery_message(topics: Topics, model: str) -> str:
    """Return the description of a device with two sensors, as JSON.

    Args:
        topics: of the device.
        model: name of the model that runs.
    """
    here = _version()
    label = {"name": "Label", "ic": "mdi:image-search", "val_tpl": "{{ value_json.label }}"}
    score = {"name": "Score", "ic": "mdi:percent", "val_tpl": "{{ value_json.score }}"}
    score |= {"unit_of_meas": "%", "stat_cla": "measurement"}
    shared = {"p": "sensor", "exp_aft": _EXPIRES_S}
    return json.dumps(
        {
            "dev": {"ids": [topics.id], "name": topics.name, "mf": "FieldLens", "mdl": model, "sw": here},
            "o": {"name": "FieldLens", "sw": here},
            "avty_t": topics.status,
            "stat_t": topics.state,
            "cmps": {
                name: {**shared, **sensor, "uniq_id": f"{topics.id}_{name}"}
                for name, sensor in (("label", label), ("score", score))
            },
        }
    )


def state_message(label: str, score: float) -> str:
    """Return a label and its score (0..1, sent in percent), as JSON."""
    return json.dumps({"label": label[:_LONGEST_LABEL], "score": round(100.0 * score, 1)})


@cache
def _version() -> str:
    try:
        return version("fieldlens")
    except PackageNotFoundError:
        return "unknown"
