"""How gunicorn is run: what the harness says in EVENKEEL_GUNICORN, and what a bench needs around it."""
import ctypes
import json
import os
import signal
import time

from gunicorn.config import KNOWN_SETTINGS

wsgi_app = "evenkeel_shop.wsgi:application"
# Django is loaded before the port opens, so that a server which comes back answers at the instant of the timetable.
preload_app = True
accesslog = None
loglevel = "warning"
globals().update(json.loads(os.environ.get("EVENKEEL_GUNICORN", "{}")))
for _setting in KNOWN_SETTINGS:
    # From 25.1 on: a socket in the home folder, of which a second server could have no other.
    if "--no-control-socket" in (_setting.cli or []):
        globals()[_setting.name] = True

POLL_S = 0.002
PR_SET_PDEATHSIG = 1
_orders = os.environ.get("EVENKEEL_ORDERS")


def die_with_parent(parent):
    """A killed harness, or a killed master, leaves no server behind (Linux)."""
    try:
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except (AttributeError, OSError):
        return
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _tell(name):
    if _orders is not None:
        with open(os.path.join(_orders, name), "w"):
            pass


def on_starting(server):
    """Loaded, and not listening yet: a standby waits here until its instant comes."""
    die_with_parent(None)
    if _orders is None or os.environ.get("EVENKEEL_STANDBY") != "1":
        return
    _tell("waiting")
    order = os.path.join(_orders, "listen")
    while not os.path.exists(order):
        time.sleep(POLL_S)
    with open(order) as file:
        at_ns = int(file.read())
    while (left := at_ns - time.monotonic_ns()) > 0:
        time.sleep(left / 1e9)


def when_ready(server):
    """The port is open."""
    _tell("listening")


def post_fork(server, worker):
    die_with_parent(server.pid)
    from evenkeel_shop import effort

    effort.reopen()
