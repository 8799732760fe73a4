"""What asynchat tells of streams, for Python 2.7 and 3 alike.

scan:   each line is a stream: its first terminator, those that the handler sets (with commas between them), then steps:
        d<hex> a chunk, t<terminator> a terminator set between chunks. A terminator is n, c<count> or b<hex>.
        Each answer is a line of d<hex> and f, pieces joined.
prefix: each line is a haystack and a needle; each answer is a length.
"""
import asynchat
import binascii
import sys


def to_bytes(digits):
    return binascii.unhexlify(digits.encode("ascii"))


def to_hex(data):
    return binascii.hexlify(data).decode("ascii")


def to_terminator(text):
    if text == "n":
        return None
    if text[0] == "c":
        return int(text[1:])
    return to_bytes(text[1:])


class Chat(asynchat.async_chat):
    def __init__(self, first, following):
        asynchat.async_chat.__init__(self, None, {})
        self.set_terminator(first)
        self.following = following
        self.chunk = None
        self.told = []

    def recv(self, size):
        assert len(self.chunk) <= size
        return self.chunk

    def collect_incoming_data(self, data):
        if self.told and self.told[-1] is not None:
            self.told[-1] += data
        else:
            self.told.append(data)

    def found_terminator(self):
        self.told.append(None)
        self.set_terminator(self.following.pop(0) if self.following else None)


def scan(line):
    # Two blanks stand beside each other where the handler sets nothing.
    words = line.split(" ")
    following = [to_terminator(word) for word in words[1].split(",") if word]
    chat = Chat(to_terminator(words[0]), following)
    for word in words[2:]:
        if word[0] == "t":
            chat.set_terminator(to_terminator(word[1:]))
        else:
            chat.chunk = to_bytes(word[1:])
            chat.handle_read()
    return " ".join("f" if data is None else "d" + to_hex(data) for data in chat.told)


def prefix(line):
    haystack, needle = line.split(" ")
    return str(asynchat.find_prefix_at_end(to_bytes(haystack), to_bytes(needle)))


answer = {"scan": scan, "prefix": prefix}[sys.argv[1]]
for line in sys.stdin:
    sys.stdout.write(answer(line.rstrip("\n")) + "\n")
