"""Django's application in the bench's wrapping: a ledger of what it is asked and answers, and two headers on each answer."""
import os
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evenkeel_shop.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402

from . import effort, ledger  # noqa: E402

django = get_wsgi_application()
backend = os.environ.get("EVENKEEL_BACKEND", "0")
write = ledger.write if ledger.is_ours() else ledger.ignore
is_measured = os.environ.get("EVENKEEL_EFFORT") == "1"


def application(environ, start_response):
    k = ledger.number_of(environ)
    write(ledger.ATTEMPT, k)
    before = effort.now() if is_measured else None
    began = time.perf_counter_ns()

    def start(status, headers, exc_info=None):
        # The view has been rendered: what is left is gunicorn's. How long the request waited before, nobody in here knows.
        service = time.perf_counter_ns() - began
        times = f"service={service // 1000}"
        if before is not None:
            times += effort.since(before, k, service)
        ours = [("x-evenkeel-backend", backend), ("x-evenkeel-times", times)]
        return start_response(status, headers + ours, *([exc_info] if exc_info else []))

    response = django(environ, start)
    # Just before its first byte leaves.
    write(ledger.COMPLETED, k)
    return response
