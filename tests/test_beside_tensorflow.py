"""What the device half promises where TensorFlow is installed too: it starts, runs and measures without importing it.

The same tests again: `make test` runs the rest of them once, where TensorFlow is absent (`make test-edge`).
"""

from tests.benchmarks.measure.protocol.test_imports import test_the_device_half_imports_nothing_that_a_device_lacks
from tests.edge_app.model.test_trial import model, test_the_child_imports_the_runtime_and_nothing_of_the_app
from tests.edge_app.test_fieldlens import (
    test_files_in_the_users_folder_do_not_run_instead,
    test_help_imports_nothing_heavy,
    test_help_names_programs_and_verbs_in_the_order_of_the_work_and_how_to_start,
)

__all__ = [
    "model",
    "test_files_in_the_users_folder_do_not_run_instead",
    "test_help_imports_nothing_heavy",
    "test_help_names_programs_and_verbs_in_the_order_of_the_work_and_how_to_start",
    "test_the_child_imports_the_runtime_and_nothing_of_the_app",
    "test_the_device_half_imports_nothing_that_a_device_lacks",
]
