"""Feeds a large input to cat; prints the sample as JSON.

capture|sink|pipeline BYTES
"""

import json
import resource
import subprocess
import sys
import threading
import time

PIPE = subprocess.PIPE
BUFFER = 64 << 10


def cpu(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def now():
    return time.perf_counter(), cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN)


def fed(child, data):
    """Writes in a thread of its own, as one must who reads meanwhile."""

    def write():
        with child.stdin as stdin:
            stdin.write(data)

    writer = threading.Thread(target=write)
    writer.start()
    return writer


def capture(data):
    child = subprocess.Popen(["cat"], stdin=PIPE, stdout=PIPE)
    output, _ = child.communicate(data)
    return output


def sink(data):
    child = subprocess.Popen(["cat"], stdin=PIPE, stdout=PIPE, bufsize=0)
    writer = fed(child, data)
    buffer, count = bytearray(BUFFER), 0
    while taken := child.stdout.readinto(buffer):
        count += taken
    writer.join()
    assert child.wait() == 0
    return count


def pipeline(data):
    cat = subprocess.Popen(["cat"], stdin=PIPE, stdout=PIPE)
    tr = subprocess.Popen(["tr", "x", "y"], stdin=cat.stdout, stdout=PIPE)
    wc = subprocess.Popen(["wc", "-c"], stdin=tr.stdout, stdout=PIPE)
    cat.stdout.close()
    tr.stdout.close()
    writer = fed(cat, data)
    said, _ = wc.communicate()
    writer.join()
    assert cat.wait() == tr.wait() == 0
    return int(said)


run = {"capture": capture, "sink": sink, "pipeline": pipeline}[sys.argv[1]]
size = int(sys.argv[2])
data = b"x" * size
before = now()
came = run(data)
wall, own, children = (after - start for after, start in zip(now(), before))
units = came if isinstance(came, int) else len(came)
assert units == size and came in (size, data)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"wall": wall, "own": own, "children": children, "units": units, "peak": peak}))
