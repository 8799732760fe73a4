"""A TLS client or server of another make. Arguments: what to do, host and port, and what that takes."""

import socket
import ssl
import sys
import threading


def context():
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    made.set_alpn_protocols(["other", "wanted"])
    return made


def connected(port):
    return context().wrap_socket(socket.create_connection(("127.0.0.1", port)), server_hostname="localhost")


def echo(port):
    """Sends its input and writes as many bytes as it sent."""
    data = sys.stdin.buffer.read()
    peer = connected(port)
    writer = threading.Thread(target=peer.sendall, args=(data,))
    writer.start()
    left = len(data)
    while left:
        got = peer.recv(65536)
        if not got:
            sys.exit("ended too early")
        sys.stdout.buffer.write(got)
        left -= len(got)
    writer.join()


def answer(port):
    """Sends its input, says close_notify, and writes what is answered up to the peer's own."""
    raw = socket.create_connection(("127.0.0.1", port))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    peer = context().wrap_bio(incoming, outgoing, server_hostname="localhost")

    def step(action):
        while True:
            try:
                result = action()
                raw.sendall(outgoing.read())
                return result
            except ssl.SSLWantReadError:
                raw.sendall(outgoing.read())
                incoming.write(raw.recv(65536))

    step(peer.do_handshake)
    step(lambda: peer.write(sys.stdin.buffer.read()))
    try:
        peer.unwrap()
    except ssl.SSLWantReadError:
        pass
    raw.sendall(outgoing.read())
    while True:
        try:
            got = step(lambda: peer.read(65536))
        except ssl.SSLZeroReturnError:
            break
        if not got:
            break
        sys.stdout.buffer.write(got)


def truncate(port):
    """Sends a line and ends the connection without close_notify."""
    peer = connected(port)
    peer.sendall(b"half\n")
    peer.detach()
    sys.exit(0)


def serve_half(chain, key):
    """Serves one client half an answer, and ends without close_notify."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(chain, key)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    raw, _ = listener.accept()
    peer = made.wrap_socket(raw, server_side=True)
    peer.sendall(b"half")
    left = socket.socket(fileno=peer.detach())
    left.shutdown(socket.SHUT_WR)
    while left.recv(65536):
        pass


if __name__ == "__main__":
    arguments = [int(word) if word.isdigit() else word for word in sys.argv[2:]]
    {"echo": echo, "answer": answer, "truncate": truncate, "serve_half": serve_half}[sys.argv[1]](*arguments)
