"""The one tree of errors that FieldLens raises on purpose.

::

    FieldLensError                a sentence for the user: fact, what was received, the way out
    ├── UsageError                a command line that cannot be meant
    ├── PhotographError           one picture that cannot be read
    ├── DataError                 a folder of photographs that cannot be used
    ├── ModelFileError            a .tflite file that cannot be trusted or understood
    │   └── HungModelError        it never comes back from a picture: the process leaves without waiting for it
    ├── SourceError               a camera, video or folder of images that does not open
    ├── OutputError               a file or folder that cannot be written
    ├── RunFolderError            a run folder that is not one
    ├── ForeignCodeError          a model file that carries code, which nobody has said to trust
    ├── ConversionError           a model that cannot be converted, or disagrees with its original
    ├── ResultError               a benchmark result that cannot be read
    ├── WorkerError               one of several training machines is gone
    ├── PeerError                 a peer to compare with that fails in its own environment
    ├── RemoteError               a board that cannot be reached, or refuses
    └── MissingDependencyError    a package that this job needs and this environment lacks

`command_line.run_program` prints them in one place; the exit code is 2 after a `UsageError`, 1 after the others. A
traceback is a bug of ours.
"""

from __future__ import annotations

import errno


class FieldLensError(Exception):
    """A fault outside our code, told in one sentence."""


class UsageError(FieldLensError):
    """A command line that cannot be meant."""


class PhotographError(FieldLensError):
    """One picture that cannot be read."""


class DataError(FieldLensError):
    """A folder of photographs that cannot be used."""


class ModelFileError(FieldLensError):
    """A `.tflite` file that cannot be trusted or understood."""


class HungModelError(ModelFileError):
    """A model that hangs or swells on one picture, in a thread that nothing can stop."""


class SourceError(FieldLensError):
    """A camera, video or folder of images that does not open."""


class OutputError(FieldLensError):
    """A file or folder that cannot be written."""


class RunFolderError(FieldLensError):
    """A run folder that is not one."""


class ForeignCodeError(FieldLensError):
    """A model file that carries code, which nobody has said to trust."""


class ConversionError(FieldLensError):
    """A model that cannot be converted, or that disagrees with its original."""


class ResultError(FieldLensError):
    """A benchmark result that cannot be read."""


class WorkerError(FieldLensError):
    """One of several training machines is gone."""


class PeerError(FieldLensError):
    """A peer to compare with that fails in its own environment."""


class RemoteError(FieldLensError):
    """A board that cannot be reached, or refuses."""


class MissingDependencyError(FieldLensError):
    """A package that this job needs and this environment lacks."""


def describe_os_error(error: OSError) -> str:
    """Say what the operating system refused, in the user's terms."""
    where = f" `{error.filename}`" if error.filename else ""
    if error.errno == errno.ENOSPC:
        return f"the disk is full: could not write{where}; free some space and run the same command again"
    reason = error.strerror or str(error) or type(error).__name__
    return f"the system refused{where}: {reason.lower()}; check the path and its permissions"
