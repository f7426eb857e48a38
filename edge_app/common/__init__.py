"""What all four programs share: errors, command line, notices, atomic files, progress, tables, report page."""

__all__ = (
    "atomic_files",
    "command_line",
    "errors",
    "installing",
    "lazy_names",
    "native_stderr",
    "notebook",
    "notices",
    "opencv_wheel",
    "outputs",
    "own_process",
    "process_memory",
    "program",
    "progress",
    "python_faces",
    "report_page",
    "scratch_folders",
    "tables",
    "trust",
    "user_cache",
)
