#!/usr/bin/env python3
"""Where the time of tests goes: tests/slowest.py artifacts/tests/*.xml (which ./test.sh writes) tells the slowest classes and tests."""

import sys
import xml.etree.ElementTree as xml
from collections import defaultdict

SHOWN = 25


def main(reports: list[str]) -> None:
    tests = [
        (float(test.get("time", 0)), test.get("type", ""), test.get("method", ""))
        for report in reports
        for test in xml.parse(report).iter("test")
    ]
    classes: defaultdict[str, float] = defaultdict(float)
    for seconds, name, _ in tests:
        classes[name] += seconds
    for title, rows in (
        ("classes", [(seconds, name) for name, seconds in classes.items()]),
        ("tests", [(seconds, f"{name}.{method}") for seconds, name, method in tests]),
    ):
        print(f"the slowest {title}, of {sum(seconds for seconds, _ in rows):.0f} s:")
        for seconds, name in sorted(rows, reverse=True)[:SHOWN]:
            print(f"{seconds:8.1f} s  {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
