"""A TLS client or server of another make. Arguments: what to do, the port, and what that takes."""

import concurrent.futures
import errno
import fcntl
import os
import select
import signal
import socket
import ssl
import struct
import sys
import termios
import time

# The bound of every wait, reached only by a test that fails.
LIMIT = 60


def context(newest=ssl.TLSVersion.TLSv1_3):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.maximum_version = newest
    made.set_alpn_protocols(["other", "wanted"])
    return made


def dialled(port):
    return socket.create_connection(("127.0.0.1", port), LIMIT)


def connected(port):
    return context().wrap_socket(dialled(port), server_hostname="localhost")


def below(peer):
    """What a connection runs on, without TLS."""
    raw = socket.socket(fileno=peer.detach())
    raw.settimeout(LIMIT)
    return raw


def until_closed(raw):
    try:
        while raw.recv(65536):
            pass
    except ConnectionError:
        pass


class Peer:
    """A client that can say close_notify and go on reading, which the sockets of ssl cannot."""

    def __init__(self, port, made=None):
        self.raw = dialled(port)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        made = made or context()
        self.tls = made.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    def step(self, action):
        while True:
            try:
                result = action()
                self.flush()
                return result
            except ssl.SSLWantReadError:
                self.flush()
                self.receive()

    def flush(self):
        self.raw.sendall(self.outgoing.read())

    def receive(self):
        if got := self.raw.recv(65536):
            self.incoming.write(got)
        else:
            self.incoming.write_eof()

    def hello(self):
        """Sends the first message of a handshake alone."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            self.flush()

    def handshake(self):
        self.step(self.tls.do_handshake)
        return self

    def send(self, data):
        self.step(lambda: self.tls.write(data))

    def finish(self):
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()

    def take(self, size):
        taken = bytearray()
        while len(taken) < size:
            taken += self.step(lambda: self.tls.read(size - len(taken)))
        return bytes(taken)

    def line(self):
        return b"".join(iter(lambda: self.take(1), b"\n"))

    def rest(self):
        """All that comes, up to close_notify; anything else that ends it is an error."""
        rest = bytearray()
        while True:
            try:
                rest += self.step(lambda: self.tls.read(65536))
            except ssl.SSLZeroReturnError:
                return bytes(rest)

    def reset(self):
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.raw.close()


def echo(port):
    """Sends its input and writes as many bytes as it sent."""
    data = memoryview(sys.stdin.buffer.read())
    peer = connected(port)
    # By one thread: sockets of ssl are not made for two at once.
    peer.setblocking(False)
    sent = received = 0
    while received < len(data):
        did_send = attempt(lambda: peer.send(data[sent : sent + 65536])) if sent < len(data) else None
        got = attempt(lambda: peer.recv(65536))
        if got == b"":
            sys.exit("ended too early")
        if did_send is None and got is None:
            select.select([peer], [peer] if sent < len(data) else [], [], LIMIT)
        sent += did_send or 0
        received += sys.stdout.buffer.write(got or b"")
    peer.settimeout(LIMIT)
    peer.unwrap()


def attempt(action):
    try:
        return action()
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return None


def answer(port, newest):
    """Sends its input, says close_notify, and writes what is answered up to the peer's own."""
    peer = Peer(port, context(ssl.TLSVersion[newest])).handshake()
    peer.send(sys.stdin.buffer.read())
    peer.finish()
    sys.stdout.buffer.write(peer.rest())


def truncate(port):
    """Sends 1,000 bytes and ends the connection without close_notify."""
    peer = connected(port)
    peer.sendall(b"x" * 1000)
    raw = below(peer)
    raw.shutdown(socket.SHUT_WR)
    until_closed(raw)


def serve_half(chain, key):
    """Serves one client half an answer, and ends without close_notify."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(chain, key)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    raw, _ = listener.accept()
    peer = made.wrap_socket(raw, server_side=True)
    peer.sendall(b"half")
    raw = below(peer)
    raw.shutdown(socket.SHUT_WR)
    until_closed(raw)


def crowd(port, server, many):
    """Holds many connections, each with a program of its own, asks the server to stop, and goes on."""
    peers = [Peer(port).handshake() for _ in range(int(many))]
    programs = {peer.line() for peer in peers}
    for first in True, False:
        for number, peer in enumerate(peers):
            data = number.to_bytes(2, "big") * 25_000
            peer.send(data)
            if first:
                assert peer.take(len(data)) == data
            else:
                peer.finish()
                assert peer.rest() == data
        if first:
            os.kill(int(server), signal.SIGTERM)
            until_free(port)
    print(len(programs))


def until_free(port):
    """Whoever can bind the port is alone."""
    for _ in range(LIMIT * 100):
        try:
            return socket.create_server(("127.0.0.1", int(port))).close()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            time.sleep(0.01)
    sys.exit("the server goes on accepting")


def visits(port, count):
    """Comes so many times, fifty at once; every third visit ends by a reset in the midst of a record."""

    def visit(number):
        data = os.urandom(100_000)
        peer = Peer(port).handshake()
        peer.send(data)
        if number % 3 == 0:
            peer.take(50_000)
            peer.raw.sendall(b"\x17\x03\x03\x40\x00and so on")
            peer.reset()
            return
        peer.finish()
        assert peer.rest() == data
        peer.raw.close()

    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        list(pool.map(visit, range(int(count))))


def drain(port):
    """Reads nothing until nothing more comes, then all there is; writes how much that was."""
    raw = socket.socket()
    raw.settimeout(LIMIT)
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", int(port)))
    peer = context().wrap_socket(raw, server_hostname="localhost", suppress_ragged_eofs=False)
    until_still(peer.fileno())
    total = 0
    while got := peer.recv(65536):
        total += len(got)
    assert below(peer).recv(1) == b"", "close_notify is not followed by the end"
    print(total)


def until_still(fd):
    """Waits until what lies unread in a socket is something, and no more than before."""
    before, unread = 0, None
    while not before or before != unread:
        time.sleep(0.05)
        before, unread = unread, waiting(fd)


def waiting(fd):
    return struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0]


def say(port, stage, words):
    """Gets to a stage of the handshake, sends these bytes past TLS, and reads whatever comes to its end."""
    peer = Peer(port)
    if stage == "hello":
        peer.hello()
    if stage == "secured":
        peer.handshake()
        # The server is there as well once it has answered.
        peer.send(b"x")
        peer.take(1)
    peer.raw.sendall(bytes.fromhex(words))
    until_closed(peer.raw)


def drip(port):
    """Says hello, a byte now and then."""
    peer = Peer(port)
    try:
        peer.tls.do_handshake()
    except ssl.SSLWantReadError:
        pass
    peer.raw.settimeout(0.02)
    for byte in peer.outgoing.read():
        try:
            peer.raw.send(bytes([byte]))
            if not peer.raw.recv(1):
                return
        except TimeoutError:
            pass
        except ConnectionError:
            return
    sys.exit("nobody has stopped it")


if __name__ == "__main__":
    tasks = [echo, answer, truncate, serve_half, crowd, visits, drain, say, drip]
    {task.__name__: task for task in tasks}[sys.argv[1]](*sys.argv[2:])
