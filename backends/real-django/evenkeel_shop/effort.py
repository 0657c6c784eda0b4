"""What a thread has had of the processor: read before and after a request while a profile is measured."""
import os
import time

try:
    # CPU time, time on the run queue, slices: nanoseconds since the thread began (Documentation/scheduler/sched-stats).
    _schedule = open("/proc/self/schedstat", "rb", buffering=0)
except OSError:
    _schedule = None


def reopen():
    """A worker's own, not that of the process it was forked from."""
    global _schedule
    if _schedule is not None:
        _schedule.close()
        _schedule = open("/proc/self/schedstat", "rb", buffering=0)


def effort_of():
    """CPU time of this thread, of the whole process, and how long it was kept waiting for a core."""
    delay = 0
    if _schedule is not None:
        delay = int(os.pread(_schedule.fileno(), 64, 0).split()[1])
    return (("cpu", time.thread_time_ns()), ("process", time.process_time_ns()), ("delay", delay))
