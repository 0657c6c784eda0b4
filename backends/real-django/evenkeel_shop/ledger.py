"""Counts attempts and answers on the descriptor that the harness reads; the layout is that of LEDGER in backends/protocol.ts."""
import os
import stat
import struct
import time

FD = 3
ENTRY = struct.Struct("<B3xId")
NO_K = 0xFFFFFFFF
ATTEMPT = 1
COMPLETED = 2


def is_ours():
    """A server that was started by hand has no such descriptor, or one of its own under that number."""
    if "EVENKEEL_BACKEND" not in os.environ:
        return False
    try:
        mode = os.fstat(FD).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def number_of(environ):
    """The request's number in the window."""
    text = environ.get("HTTP_X_EVENKEEL_K", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else NO_K


def write(event, k):
    """Returns when the kernel has it, so that a SIGKILL loses nothing; so short an entry is never mixed with another worker's."""
    os.write(FD, ENTRY.pack(event, k, float(time.monotonic_ns())))


def ignore(event, k):
    """For a server that nobody counts."""
