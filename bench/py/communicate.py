"""Feeds a large input to cat and collects its output; prints the sample as JSON."""

import json
import resource
import subprocess
import sys
import time


def cpu(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def now():
    return time.perf_counter(), cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN)


size = int(sys.argv[1])
data = b"x" * size
before = now()
child = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
output, _ = child.communicate(data)
wall, own, children = (after - start for after, start in zip(now(), before))
assert output == data
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"wall": wall, "own": own, "children": children, "units": size, "peak": peak}))
