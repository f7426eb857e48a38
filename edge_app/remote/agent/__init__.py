"""What runs on the board: these modules are sent there as text, so they need the standard library and nothing of ours.

Every call is one run of them by the board's `python3`. A line of JSON on stdin says what to do, files follow as bytes;
the answer is a line of JSON on stdout behind a mark, since a shell's start files may print too. No word of a user ever
becomes a part of a shell's line: the scripts that are written on the board are quoted with `shlex`.

Everything is in one folder, `~/.fieldlens`, and one unit of systemd, where the board has it::

    made-by-fieldlens      without it the folder is somebody else's
    files/SHA256           models, wheels, photographs by what is in them
    environments/ID/       a virtual environment each
    releases/ID/           manifest.json, models/, start; the service runs `current/start`
    current -> releases/ID
    jobs/ID/               measurements, which go on when the connection breaks
    state/                 token, label, service.log, pid
"""
