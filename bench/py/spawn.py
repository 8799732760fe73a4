"""Spawns a program and waits for it, again and again; prints the sample as JSON.

PROGRAM MEBIBYTES DESCRIPTORS, and then lines of SPAWNS KIND, each of which is answered by its sample.
"""

import fcntl
import json
import mmap
import os
import resource
import subprocess
import sys
import time

# How long one run lasts at most, in seconds.
AT_MOST = 0.5


def cpu(who):
    usage = resource.getrusage(who)
    return usage.ru_utime + usage.ru_stime


def now():
    return time.perf_counter(), cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN)


def hold(mebibytes):
    memory = mmap.mmap(-1, max(mebibytes, 1) << 20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    written = b"\1" * (1 << 20)
    for _ in range(mebibytes):
        memory.write(written)
    return memory


def open_descriptors(count):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    null = os.open("/dev/null", os.O_RDONLY)
    for _ in range(count - 1):
        fcntl.fcntl(null, fcntl.F_DUPFD_CLOEXEC, 3)


def posix_spawn(program):
    _, status = os.waitpid(os.posix_spawn(program, [program], os.environ), 0)
    assert status == 0


SPAWN = {
    "subprocess.run": lambda program: subprocess.run([program], check=True),
    "subprocess.run close_fds=False": lambda program: subprocess.run([program], check=True, close_fds=False),
    "os.posix_spawn": posix_spawn,
}

def measure(spawn, program, spawns):
    for _ in range(3):
        spawn(program)
    before = now()
    done = 0
    while done < spawns and time.perf_counter() - before[0] < AT_MOST:
        spawn(program)
        done += 1
    wall, own, children = (after - start for after, start in zip(now(), before))
    print(json.dumps({"wall": wall, "own": own, "children": children, "units": done}), flush=True)


program, mebibytes, descriptors = sys.argv[1], *map(int, sys.argv[2:])
memory = hold(mebibytes)
open_descriptors(descriptors)
for line in sys.stdin:
    spawns, kind = line.rstrip("\n").split(" ", 1)
    measure(SPAWN[kind], program, int(spawns))
