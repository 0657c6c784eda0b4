"""`python -m evenkeel_shop.awake`: keeps every core awake, with work that gives way to all other work.

A core that slept is slower for a while, and a virtual one may have been given away: a request after a pause would cost a quarter more
CPU time than one in a queue, on the machine and not in Django.
"""
import os

from .gunicorn_conf import die_with_parent


def spin(core):
    os.sched_setaffinity(0, [core])
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    while True:
        pass


if __name__ == "__main__":
    die_with_parent(None)
    cores = sorted(os.sched_getaffinity(0))
    parent = os.getpid()
    for core in cores[1:]:
        if os.fork() == 0:
            die_with_parent(parent)
            spin(core)
    spin(cores[0])
