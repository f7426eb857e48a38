"""Packages that warn about themselves when they are imported, imported without that."""

from __future__ import annotations

import warnings
from types import ModuleType

from edge_app.common.errors import MissingDependencyError
from edge_app.common.installing import not_installed


def tensorflow_hub() -> ModuleType:
    """Import tensorflow_hub, which needs pkg_resources (pyproject.toml holds setuptools back for it).

    Raises:
        MissingDependencyError: it is not installed.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "pkg_resources is deprecated")
        try:
            import tensorflow_hub
        except ImportError as error:
            raise _missing("tensorflow_hub") from error
    module: ModuleType = tensorflow_hub
    return module


def model_optimization() -> ModuleType:
    """Import tensorflow_model_optimization, which reads versions with distutils.

    Raises:
        MissingDependencyError: it is not installed.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "distutils Version classes are deprecated", DeprecationWarning)
        try:
            import tensorflow_model_optimization
        except ImportError as error:
            raise _missing("tensorflow_model_optimization") from error
    module: ModuleType = tensorflow_model_optimization
    return module


def _missing(package: str) -> MissingDependencyError:
    return MissingDependencyError(not_installed(package, "train"))
