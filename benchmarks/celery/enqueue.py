"""Enqueues that many tasks one after the other and waits until Redis has all their results; prints the seconds until the last is accepted and until it is finished."""
import sys
import time

from tasks import add, app

count = int(sys.argv[1])
add.delay(0, 0).get()
results = app.backend.client
results.flushdb()
began = time.perf_counter()
for number in range(count):
    add.delay(number, 1)
accepted = time.perf_counter() - began
# Cheaper for Celery than to collect the results.
while results.dbsize() < count:
    time.sleep(0.01)
print(accepted, time.perf_counter() - began)
