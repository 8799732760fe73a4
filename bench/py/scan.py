"""Finds the lines of a text that comes in chunks; prints the sample as JSON.

scan.py asynchat|asyncio|io LENGTH BYTES CHUNK, with the lines so long on average; 0 is one line without an end.
"""

import asyncio
import io
import json
import random
import resource
import sys
import time
import warnings

END = b"\r\n"


def lines(average, size):
    numbers = random.Random(7)
    letters = bytes(97 + at % 26 for at in range(8192))
    text = bytearray()
    while len(text) < size:
        length = max(3, average // 2 + numbers.randrange(average + 1)) - len(END)
        first = numbers.randrange(4096)
        text += letters[first : first + length] + END
    return bytes(text)


def with_asynchat(chunks):
    warnings.simplefilter("ignore")
    import asynchat

    class Socket:
        def __init__(self):
            self.chunks = iter(chunks)

        def recv(self, _):
            return next(self.chunks)

    class Chat(asynchat.async_chat):
        def __init__(self):
            asynchat.async_chat.__init__(self, None, {})
            self.socket = Socket()
            self.set_terminator(END)
            self.parts = []
            self.found = 0

        def collect_incoming_data(self, data):
            self.parts.append(data)

        def found_terminator(self):
            b"".join(self.parts)
            self.parts = []
            self.found += 1

    chat = Chat()
    for _ in chunks:
        chat.handle_read()
    return chat.found


def with_asyncio(chunks):
    async def read(reader):
        found = 0
        while True:
            try:
                await reader.readuntil(END)
            except asyncio.IncompleteReadError:
                return found
            found += 1

    async def feed():
        reader = asyncio.StreamReader(limit=1 << 28)
        reading = asyncio.ensure_future(read(reader))
        for chunk in chunks:
            reader.feed_data(chunk)
            await asyncio.sleep(0)
        reader.feed_eof()
        return await reading

    return asyncio.run(feed())


def with_io(chunks):
    class Source(io.RawIOBase):
        def __init__(self):
            self.chunks = iter(chunks)

        def readable(self):
            return True

        def readinto(self, into):
            chunk = next(self.chunks, b"")
            into[: len(chunk)] = chunk
            return len(chunk)

    reader = io.BufferedReader(Source(), max(len(chunks[0]), 8192))
    return sum(line.endswith(END) for line in reader)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    name, average, size, chunk = sys.argv[1], *map(int, sys.argv[2:])
    text = lines(average, size) if average else b"x" * size + END
    chunks = [text[at : at + chunk] for at in range(0, len(text), chunk)]
    run = {"asynchat": with_asynchat, "asyncio": with_asyncio, "io": with_io}[name]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, own = time.perf_counter(), cpu()
    found = run(chunks)
    wall, own = time.perf_counter() - wall, cpu() - own
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert found == text.count(END), found
    print(json.dumps({"wall": wall, "own": own, "children": 0, "units": len(text), "peak": peak}))


main()
