"""What a worker has had of the processor: read before and after a request while a profile is measured."""
import os
import time

_schedule = None


def reopen():
    """A worker's own figures, not those of the process that it was forked from."""
    global _schedule
    try:
        # CPU time, time on the run queue, slices: nanoseconds (Documentation/scheduler/sched-stats).
        _schedule = os.open("/proc/self/schedstat", os.O_RDONLY)
    except OSError:
        _schedule = None


def now():
    """CPU time of this thread, how long it was kept waiting for a core, CPU time of the process; nanoseconds."""
    delay = 0 if _schedule is None else int(os.pread(_schedule, 64, 0).split()[1])
    return time.thread_time_ns(), delay, time.process_time_ns()


def since(before):
    """As it goes into the header: microseconds, the process's as a clock."""
    cpu, delay, process = now()
    return f";cpu={(cpu - before[0]) // 1000};delay={(delay - before[1]) // 1000};clock={process // 1000}"
