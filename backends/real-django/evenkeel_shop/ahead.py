"""`python -m evenkeel_shop.ahead PID...`: lets processes go before all others, where its user may say so (root may, elsewhere nobody)."""
import os
import sys


def ahead(pid):
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setscheduler(int(thread), os.SCHED_RR, os.sched_param(1))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        try:
            ahead(int(name))
        except (AttributeError, OSError) as error:
            print(f"{name} goes with the others: {error}")
