"""A client or server of Python's own, for Python 2.7 and 3 alike.

Arguments: what to do, the certificate file or -, then the port of a client, or the key file of a server. Servers take a
port of the system's choice, print it, and serve one client; clients send their input and print what is answered.
"""
import asynchat
import asyncore
import errno
import socket
import ssl
import sys

# The bound of every wait, reached only by a test that fails.
LIMIT = 60

stdin = getattr(sys.stdin, "buffer", sys.stdin)
stdout = getattr(sys.stdout, "buffer", sys.stdout)


def accepted():
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(5)
    sys.stdout.write("port %d\n" % listener.getsockname()[1])
    sys.stdout.flush()
    peer, _ = listener.accept()
    peer.settimeout(LIMIT)
    return peer


def dialled(port):
    return socket.create_connection(("127.0.0.1", int(port)), LIMIT)


def accepted_by(chain, key, **more):
    """A client, behind TLS where there is a certificate to show."""
    peer = accepted()
    if chain == "-":
        return peer
    made = ssl.SSLContext(ssl.PROTOCOL_TLS)
    made.load_cert_chain(chain, key)
    return made.wrap_socket(peer, server_side=True, **more)


def connected_to(chain, port, **more):
    """A server, behind TLS where there is a certificate to trust."""
    peer = dialled(port)
    if chain == "-":
        return peer
    made = ssl.create_default_context(cafile=chain)
    return made.wrap_socket(peer, server_hostname="localhost", **more)


def raw(peer):
    """What a connection runs on, without TLS."""
    return socket.fromfd(peer.fileno(), socket.AF_INET, socket.SOCK_STREAM)


def everything(peer):
    got = bytearray()
    while True:
        more = peer.recv(65536)
        if not more:
            return bytes(got)
        got += more


def ssl_answers(chain, key):
    """Reads to close_notify, sends back what came, and says close_notify."""
    peer = accepted_by(chain, key, suppress_ragged_eofs=False)
    peer.sendall(everything(peer))
    peer.unwrap()


def ssl_asks(chain, port):
    """Sends, reads to close_notify, and says it."""
    peer = connected_to(chain, port, suppress_ragged_eofs=False)
    peer.sendall(stdin.read())
    stdout.write(everything(peer))
    peer.unwrap()


def ssl_breaks_off(chain, port):
    """Sends, and ends the connection without close_notify."""
    peer = connected_to(chain, port)
    peer.sendall(stdin.read())
    below = raw(peer)
    below.shutdown(socket.SHUT_WR)
    below.settimeout(LIMIT)
    everything(below)


def ssl_answers_half(chain, key):
    """Sends half an answer, and ends the connection without close_notify."""
    peer = accepted_by(chain, key)
    peer.sendall(b"half")
    below = raw(peer)
    below.shutdown(socket.SHUT_WR)
    below.settimeout(LIMIT)
    everything(below)


class Echo(asyncore.dispatcher):
    """Sends back what comes, also behind the other side's end."""

    def __init__(self, peer):
        asyncore.dispatcher.__init__(self, peer)
        self.waiting = bytearray()
        self.has_ended = False

    def readable(self):
        return not self.has_ended

    def handle_read(self):
        self.waiting += self.recv(65536)

    def handle_close(self):
        self.has_ended = True
        if not self.waiting:
            self.close()

    def writable(self):
        return bool(self.waiting)

    def handle_write(self):
        del self.waiting[: self.send(bytes(self.waiting[:65536]))]
        if self.has_ended and not self.waiting:
            self.close()


def asyncore_answers(_chain, _key):
    Echo(accepted())
    asyncore.loop(LIMIT)


class Asking(asyncore.dispatcher_with_send):
    """Sends its input, half-closes, and prints what comes to the end."""

    def __init__(self, port):
        asyncore.dispatcher_with_send.__init__(self, dialled(port))
        self.has_said_all = False
        self.send(stdin.read())

    def handle_write(self):
        asyncore.dispatcher_with_send.handle_write(self)
        if not self.out_buffer and not self.has_said_all:
            self.has_said_all = True
            self.socket.shutdown(socket.SHUT_WR)

    def writable(self):
        return not self.has_said_all

    def handle_read(self):
        stdout.write(self.recv(65536))

    def handle_close(self):
        self.close()


def asyncore_asks(_chain, port):
    Asking(port)
    asyncore.loop(LIMIT)


class Chat(asynchat.async_chat):
    """A dialogue that may run behind TLS, which asynchat knows nothing of."""

    def __init__(self, peer):
        asynchat.async_chat.__init__(self, peer)
        self.message = []
        self.set_terminator(b"\n")

    def recv(self, size):
        try:
            return asynchat.async_chat.recv(self, size)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            # What is read next belongs to TLS; this is how asynchat takes it for nothing there.
            raise socket.error(errno.EWOULDBLOCK, "nothing but TLS")

    def send(self, data):
        try:
            return asynchat.async_chat.send(self, data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return 0

    def collect_incoming_data(self, data):
        self.message.append(data)

    def found_terminator(self):
        message, self.message = b"".join(self.message), []
        self.handle_message(message)

    def handle_close(self):
        if isinstance(self.socket, ssl.SSLSocket):
            self.socket.settimeout(LIMIT)
            self.socket.unwrap()
        self.close()

    def handle_error(self):
        raise


class Serving(Chat):
    """Answers a body by its length and its bytes backwards, and BYE by bye and its end."""

    def handle_message(self, message):
        if message == b"BYE":
            self.push(b"bye;")
            self.close_when_done()
        elif isinstance(self.terminator, int):
            self.set_terminator(b"\n")
            self.push(("%d\n" % len(message)).encode("ascii"))
            self.push(message[::-1])
        else:
            self.set_terminator(int(message))


def asynchat_serves(chain, key):
    Serving(accepted_by(chain, key))
    asyncore.loop(LIMIT)


class Visiting(Chat):
    """Sends bodies, one after the other, and prints how many came back right."""

    def __init__(self, peer):
        Chat.__init__(self, peer)
        self.count = 0
        self.ask()

    def ask(self):
        if self.count == 200:
            self.set_terminator(b";")
            return self.push(b"BYE\n")
        self.body = (b"%d\n\r;" % self.count) * (self.count + 1)
        self.push(b"%d\n" % len(self.body) + self.body)

    def handle_message(self, message):
        if message == b"bye":
            sys.stdout.write("%d bodies\n" % self.count)
            return
        if not isinstance(self.terminator, int):
            return self.set_terminator(int(message))
        assert message == self.body[::-1], (message, self.body)
        self.set_terminator(b"\n")
        self.count += 1
        self.ask()


def asynchat_visits(chain, port):
    Visiting(connected_to(chain, port))
    asyncore.loop(LIMIT)


if __name__ == "__main__":
    tasks = [ssl_answers, ssl_asks, ssl_breaks_off, ssl_answers_half]
    tasks += [asyncore_answers, asyncore_asks, asynchat_serves, asynchat_visits]
    {task.__name__: task for task in tasks}[sys.argv[1]](*sys.argv[2:])
