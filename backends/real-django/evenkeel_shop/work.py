"""Two views that take as long as the request asks: its header says how many microseconds, 1 ms without it."""
import select
import socket
import time

from django.http import HttpResponse

UNTIMED_S = 0.001
# A client that gave up is noticed after so long.
LOOK_S = 0.01


def demand(request):
    text = request.META.get("HTTP_X_EVENKEEL_DEMAND_US", "")
    return int(text) / 1e6 if text.isascii() and text.isdigit() and len(text) <= 10 else UNTIMED_S


def burn(request):
    """Keeps this thread's share of a core busy until it has had the demand in CPU time."""
    until = time.thread_time() + demand(request)
    while time.thread_time() < until:
        pass
    return HttpResponse("ok")


def wait(request):
    """Keeps the worker, not a core; ends early when the client has gone, which a view of Django would not notice."""
    until = time.monotonic() + demand(request)
    connection = request.environ.get("gunicorn.socket")
    while (left := until - time.monotonic()) > 0:
        if connection is None or left <= LOOK_S:
            time.sleep(left)
        else:
            time.sleep(LOOK_S)
            if gone(connection):
                break
    return HttpResponse("ok")


def gone(connection):
    readable, _, _ = select.select([connection], [], [], 0)
    try:
        return bool(readable) and connection.recv(1, socket.MSG_PEEK) == b""
    except OSError:
        return True
