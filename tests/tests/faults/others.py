"""What others make of what goes wrong, for Python 2.7 and 3 alike. Arguments: which of it, and what that takes."""
import asynchat
import asyncore
import os
import resource
import select
import socket
import ssl
import sys

# The bound of every wait, reached only by a test that fails.
LIMIT = 60


def say(text):
    sys.stdout.write("%s\n" % text)
    sys.stdout.flush()


def truncated(chain, port):
    """Reads a secured answer to what it takes for its end, and prints how long that was."""
    made = ssl.create_default_context(cafile=chain)
    peer = made.wrap_socket(socket.create_connection(("127.0.0.1", int(port)), LIMIT), server_hostname="localhost")
    total = 0
    while True:
        got = peer.recv(65536)
        if not got:
            return say(total)
        total += len(got)


def upgraded(chain, key):
    """Goes over to TLS when it is asked to, and prints the command that it takes for the first secured one."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    say("port %d" % listener.getsockname()[1])
    peer, _ = listener.accept()
    peer.settimeout(LIMIT)
    lines = peer.makefile("rb")
    assert lines.readline() == b"STARTTLS\r\n"
    peer.sendall(b"220\r\n")
    made = ssl.SSLContext(ssl.PROTOCOL_TLS)
    made.load_cert_chain(chain, key)
    made.wrap_socket(peer, server_side=True)
    say("secured: %s" % lines.readline().decode("ascii").strip())


class Chat(asynchat.async_chat):
    def __init__(self, chunks):
        asynchat.async_chat.__init__(self, None, {})
        self.set_terminator(b"\r\n")
        self.chunks = list(chunks)
        self.collected = []

    def recv(self, size):
        return self.chunks.pop(0)

    def collect_incoming_data(self, data):
        self.collected.append(data)

    def told(self):
        while self.chunks:
            self.handle_read()
        return b"".join(self.collected)


def held_at_the_end():
    """Prints what asynchat has told of a stream that ends behind half a terminator."""
    say(Chat([b"ab\r"]).told().decode("ascii"))


def without_a_terminator():
    """Prints what a handler, written as the manual says, holds of a message that does not end."""
    say(len(Chat([b"x" * 65536] * 256).told()))


class Noted(asyncore.dispatcher):
    """Says that it was told to read, and then does something."""

    def __init__(self, name, peer, then):
        asyncore.dispatcher.__init__(self, peer)
        self.name, self.then = name, then

    def writable(self):
        return False

    def handle_read(self):
        say(self.name)
        self.then()


def stale_event():
    """Two connections have something to read; the first closes the second, whose number goes to a third that has not."""
    pairs = [socket.socketpair() for _ in range(2)]
    third = []

    def replace():
        number = second.socket.fileno()
        second.close()
        while not third or third[-1][0].fileno() != number:
            third.append(socket.socketpair())
        Noted("third", third[-1][0], lambda: None)

    first = Noted("first", pairs[0][0], replace)
    second = Noted("second", pairs[1][0], lambda: None)
    assert first.socket.fileno() < second.socket.fileno()
    for _, other in pairs:
        other.sendall(b"x")
    asyncore.poll(0)


class Accepting(asyncore.dispatcher):
    failures = 0

    def handle_accept(self):
        self.accept()

    def handle_error(self):
        self.failures += 1


def until_none_is_left():
    """Takes the descriptors that the limit leaves below it."""
    try:
        while True:
            os.open(os.devnull, os.O_RDONLY)
    except OSError:
        pass


def accept_at_the_limit():
    """A client waits, and there is no descriptor for it: prints how many of a hundred turns tried in vain."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    serving = Accepting(listener)
    serving.accepting = True
    client = socket.create_connection(listener.getsockname(), LIMIT)
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (client.fileno() + 1, hard))
    until_none_is_left()
    for _ in range(100):
        asyncore.poll(0)
    say(serving.failures)


def edge():
    """Reads one byte of two when told once that there are some, and prints what it is told then."""
    ours, theirs = socket.socketpair()
    poll = select.epoll()
    poll.register(ours.fileno(), select.EPOLLIN | select.EPOLLET)
    theirs.sendall(b"xy")
    assert len(poll.poll(LIMIT)) == 1
    os.read(ours.fileno(), 1)
    say(len(poll.poll(0)))


if __name__ == "__main__":
    tasks = [truncated, upgraded, held_at_the_end, without_a_terminator, stale_event, accept_at_the_limit, edge]
    {task.__name__: task for task in tasks}[sys.argv[1]](*sys.argv[2:])
