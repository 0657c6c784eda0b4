"""What a worker has had of the processor, request by request, while a profile is measured or checked."""
import os
import struct
import time

ENTRY = struct.Struct("<IIqq")
_schedule = None
_diary = None


def reopen():
    """A worker's own figures, not those of the process that it was forked from, and a diary of them."""
    global _schedule, _diary
    try:
        # CPU time, time on the run queue, slices: nanoseconds (Documentation/scheduler/sched-stats).
        _schedule = os.open("/proc/self/schedstat", os.O_RDONLY)
    except OSError:
        _schedule = None
    folder = os.environ.get("EVENKEEL_ORDERS")
    if folder is not None and os.environ.get("EVENKEEL_EFFORT") == "1":
        _diary = os.open(os.path.join(folder, "diary.bin"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)


def now():
    """CPU time of this thread, how long it was kept waiting for a core, CPU time of the process; nanoseconds."""
    delay = 0 if _schedule is None else int(os.pread(_schedule, 64, 0).split()[1])
    return time.thread_time_ns(), delay, time.process_time_ns()


def since(before, k, service):
    """As it goes into the header, in microseconds, the process's CPU time as a clock; the diary gets both clocks."""
    cpu, delay, process = now()
    inside, waited = cpu - before[0], delay - before[1]
    if _diary is not None:
        os.write(_diary, ENTRY.pack(k, max(0, service - inside - waited) // 1000, process, delay))
    return f";cpu={inside // 1000};delay={waited // 1000};clock={process // 1000}"
