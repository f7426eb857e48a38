"""One thing that was done to a copy, with the numbers that were drawn for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Parameters = Mapping[str, Any]
"""Numbers (and names of styles) as JSON can hold them."""

_DECIMALS = 5  # of drawn numbers: what the manifest says is exactly what was done


@dataclass(frozen=True)
class Operation:
    """A name and its parameters; doing it again gives the same pixels."""

    name: str
    parameters: Parameters = field(default_factory=dict)

    @classmethod
    def rounded(cls, name: str, parameters: Parameters) -> Operation:
        """Return the operation with numbers that are short to write."""
        return cls(name, {key: _rounded(value) for key, value in parameters.items()})

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Operation:
        """Return the operation of an entry of the manifest."""
        return cls(content["op"], {key: value for key, value in content.items() if key != "op"})

    def to_json(self) -> dict[str, Any]:
        """Return the entry of the manifest."""
        return {"op": self.name, **self.parameters}

    def __str__(self) -> str:
        """Write it as a caption: `rotate 7.5`."""
        numbers = [f"{value:.3g}" for key, value in self.parameters.items() if isinstance(value, float)]
        names = [value for key, value in self.parameters.items() if key == "style"]
        return " ".join([self.name, *names, *numbers])


def _rounded(value: Any) -> Any:
    return round(value, _DECIMALS) if isinstance(value, float) else value
