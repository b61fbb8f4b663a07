"""The task of the benchmark as a plain Celery application; broker and results in Redis, everything else as Celery has it by default."""
import os

from celery import Celery

app = Celery("tasks", broker=os.environ["BENCHMARK_REDIS"] + "/0", backend=os.environ["BENCHMARK_REDIS"] + "/1")


@app.task
def add(x, y):
    return x + y
