"""What handlers of asyncore and asynchat are called, scenario by scenario, for Python 2.7 and 3 alike.

The argument is the loop: select or poll. Each line is a scenario, then what was told, with bars between. Data that came
in one go is joined, since where it was cut means nothing.
"""
import asynchat
import asyncore
import collections
import socket
import struct
import sys
import time

use_poll = sys.argv[1] == "poll"
LOCAL = ("127.0.0.1", 0)


class Log(list):
    def data(self, data):
        text = data.decode("ascii")
        if self and self[-1].startswith("data "):
            self[-1] += text
        else:
            self.append("data " + text)


class Handler(object):
    """What is told, and the usual answer."""

    def handle_connect(self):
        self.log.append("connected")

    def handle_read(self):
        data = self.recv(100)
        if data:
            self.log.data(data)

    def handle_expt(self):
        byte = self.socket.recv(1, socket.MSG_OOB)
        self.log.append("urgent " + byte.decode("ascii"))

    def handle_close(self):
        self.log.append("closed")
        self.close()

    def handle_error(self):
        self.log.append("error")
        self.handle_close()


class Plain(Handler, asyncore.dispatcher):
    def __init__(self, sock=None, map=None):
        self.log, self.map = Log(), {} if map is None else map
        asyncore.dispatcher.__init__(self, sock, self.map)

    def writable(self):
        return not self.connected


class Chat(Handler, asynchat.async_chat):
    def __init__(self, sock=None):
        self.log, self.map, self.text = Log(), {}, b""
        asynchat.async_chat.__init__(self, sock, self.map)
        self.set_terminator(b"\n")

    def handle_read(self):
        asynchat.async_chat.handle_read(self)

    def collect_incoming_data(self, data):
        self.text += data

    def found_terminator(self):
        self.log.append("message " + self.text.decode("ascii"))
        self.text = b""


def run(channel, until):
    """The loop, until that holds. It may take long on a busy machine, but not for ever."""
    give_up = time.time() + 60
    while not until():
        assert time.time() < give_up, channel.log
        asyncore.loop(timeout=1, use_poll=use_poll, map=channel.map, count=1)
        if not channel.map:
            break


def closed(channel):
    return lambda: "closed" in channel.log


def listener():
    sock = socket.socket()
    sock.bind(LOCAL)
    sock.listen(5)
    return sock


def pair():
    listening = listener()
    theirs = socket.create_connection(listening.getsockname())
    return listening.accept()[0], theirs


def received(peer):
    """All that a peer is sent, to the end."""
    text = b""
    while True:
        data = peer.recv(100)
        if not data:
            return text.decode("ascii")
        text += data


def connecting(channel, address):
    channel.create_socket(socket.AF_INET, socket.SOCK_STREAM)
    channel.connect(address)


def a_connect_that_succeeds():
    listening, channel = listener(), Plain()
    connecting(channel, listening.getsockname())
    run(channel, lambda: channel.log)
    peer = listening.accept()[0]
    peer.sendall(b"hello")
    peer.close()
    run(channel, closed(channel))
    return channel.log


def refused():
    sock = socket.socket()
    sock.bind(LOCAL)
    address = sock.getsockname()
    sock.close()
    return address


def a_connect_that_is_refused():
    channel = Plain()
    connecting(channel, refused())
    run(channel, closed(channel))
    return channel.log


def a_connect_that_is_refused_and_whose_error_is_ignored():
    class Ignoring(Plain):
        def handle_error(self):
            self.log.append("error")

    channel = Ignoring()
    connecting(channel, refused())
    run(channel, lambda: len(channel.log) > 1)
    return channel.log[:2]


def its_state_when_connected_is_told():
    class Curious(Plain):
        def handle_connect(self):
            self.log.append("connected" if self.connected else "not connected")

    listening, channel = listener(), Curious()
    connecting(channel, listening.getsockname())
    run(channel, lambda: channel.log)
    return channel.log


def data_in_pieces_and_an_end():
    ours, theirs = pair()
    channel = Plain(ours)
    for piece in (b"one ", b"two ", b"three"):
        theirs.sendall(piece)
        before = list(channel.log)
        run(channel, lambda: channel.log != before)
    theirs.close()
    run(channel, closed(channel))
    return channel.log


def an_end_behind_much_data():
    ours, theirs = socket.socketpair()
    channel = Plain(ours)
    theirs.sendall(b"x" * 1000)
    theirs.close()
    run(channel, closed(channel))
    return channel.log


def a_reset():
    ours, theirs = pair()
    channel = Plain(ours)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    theirs.close()
    run(channel, closed(channel))
    return channel.log


def an_urgent_byte():
    ours, theirs = pair()
    channel = Plain(ours)
    theirs.send(b"!", socket.MSG_OOB)
    run(channel, lambda: channel.log)
    theirs.sendall(b"and data")
    theirs.close()
    run(channel, closed(channel))
    return channel.log


def a_push_before_there_is_a_connection():
    listening, channel = listener(), Chat()
    channel.create_socket(socket.AF_INET, socket.SOCK_STREAM)
    channel.push(b"hello")
    channel.close_when_done()
    channel.connect(listening.getsockname())
    run(channel, closed(channel))
    return channel.log + ["sent " + received(listening.accept()[0])]


def a_send_before_there_is_a_connection():
    class Sending(Handler, asyncore.dispatcher_with_send):
        def __init__(self):
            self.log, self.map = Log(), {}
            asyncore.dispatcher_with_send.__init__(self, None, self.map)

    channel = Sending()
    channel.create_socket(socket.AF_INET, socket.SOCK_STREAM)
    channel.send(b"hello")
    return channel.log


def a_close_when_done():
    ours, theirs = pair()
    channel = Chat(ours)
    channel.push(b"good")
    channel.push(b"bye")
    channel.close_when_done()
    run(channel, closed(channel))
    return channel.log + ["sent " + received(theirs)]


def a_push_behind_a_close():
    ours, theirs = pair()
    channel = Chat(ours)
    channel.close_when_done()
    try:
        channel.push(b"more")
    except Exception:
        channel.log.append("refused")
    run(channel, closed(channel))
    return channel.log + ["sent " + received(theirs)]


def a_close_dropped_with_what_was_pushed():
    ours, theirs = pair()
    channel = Chat(ours)
    channel.close_when_done()
    channel.discard_buffers()
    theirs.sendall(b"still here?\n")
    run(channel, lambda: channel.log)
    return channel.log


def a_handler_that_closes():
    ours, theirs = pair()

    class Closing(Plain):
        def handle_read(self):
            Plain.handle_read(self)
            self.handle_close()

    channel = Closing(ours)
    theirs.sendall(b"one")
    run(channel, closed(channel))
    theirs.close()
    return channel.log


def a_handler_that_closes_within_a_chunk():
    ours, theirs = pair()

    class Closing(Chat):
        def found_terminator(self):
            Chat.found_terminator(self)
            if "closed" not in self.log:
                self.handle_close()

    channel = Closing(ours)
    theirs.sendall(b"a\nb\nc\n")
    run(channel, closed(channel))
    theirs.close()
    return channel.log


def an_end_within_a_terminator():
    ours, theirs = pair()
    channel = Chat(ours)
    channel.set_terminator(b"\r\n")
    theirs.sendall(b"ab\r\ncd\r")
    theirs.close()
    run(channel, closed(channel))
    return channel.log + (["message " + channel.text.decode("ascii")] if channel.text else [])


def several(kinds):
    everybody, peers, log = collections.OrderedDict(), [], []
    for kind in kinds:
        ours, theirs = socket.socketpair()
        kind(ours, everybody)
        peers.append(theirs)
    try:
        asyncore.close_all(everybody)
    except RuntimeError:
        log.append("error")
    for peer in peers:
        peer.setblocking(False)
        try:
            log.append("ended" if not peer.recv(1) else "data")
        except socket.error:
            log.append("open")
    return log


def all_are_closed():
    return several([Plain, Plain, Plain])


def all_are_closed_and_one_fails():
    class Failing(Plain):
        def close(self):
            self.socket.close()
            raise RuntimeError("it fails")

    return several([Plain, Failing, Plain])


SCENARIOS = [
    a_connect_that_succeeds,
    a_connect_that_is_refused,
    a_connect_that_is_refused_and_whose_error_is_ignored,
    its_state_when_connected_is_told,
    data_in_pieces_and_an_end,
    an_end_behind_much_data,
    a_reset,
    an_urgent_byte,
    a_push_before_there_is_a_connection,
    a_send_before_there_is_a_connection,
    a_close_when_done,
    a_push_behind_a_close,
    a_close_dropped_with_what_was_pushed,
    a_handler_that_closes,
    a_handler_that_closes_within_a_chunk,
    an_end_within_a_terminator,
    all_are_closed,
    all_are_closed_and_one_fails,
]

for scenario in SCENARIOS:
    print("|".join([scenario.__name__] + scenario()))
