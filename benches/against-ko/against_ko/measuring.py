"""Runs programs, and says what they took."""

import contextlib
import dataclasses
import os
import pathlib
import select
import statistics
import subprocess
import sys
import tempfile
import time


@dataclasses.dataclass
class Run:
    """What one run of a program took."""

    seconds: float
    own_kib: int
    tree_kib: int
    # Of the program and of all that it started, and waited for.
    cpu_seconds: float
    requests: int = 0
    bytes_sent: int = 0
    go_commands: list[str] = dataclasses.field(default_factory=list)


def run(command, folder, environment):
    """Runs a program to its good end. Its own peak memory is read while it runs; its children's comes with its end."""
    with tempfile.TemporaryFile() as talk:
        begin = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=talk, stderr=talk)
        own_kib = watch(process.pid)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            talk.seek(0)
            said = talk.read().decode(errors="replace")
            sys.exit(f"run: {' '.join(map(str, command))} ended with {process.returncode}:\n{said}")
    return Run(seconds, own_kib, usage.ru_maxrss, usage.ru_utime + usage.ru_stime)


def watch(pid):
    """Waits for the end of a process, and returns its peak memory as last seen, each 5 ms."""
    handle = os.pidfd_open(pid)
    try:
        ended = select.poll()
        ended.register(handle, select.POLLIN)
        own_kib = 0
        while True:
            own_kib = max(own_kib, peak_kib(pid))
            if ended.poll(5):
                return own_kib
    finally:
        os.close(handle)


def peak_kib(pid):
    """Returns the peak memory of one process (VmHWM), 0 where it has ended or /proc is not there."""
    with contextlib.suppress(OSError):
        for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def median(runs, field):
    """Returns the median of a field over runs."""
    return statistics.median(getattr(run, field) for run in runs)
