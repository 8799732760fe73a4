# Answers questions about the socket module, one on each line: an operation and its arguments, in hexadecimal.
# Runs on Python 2.7 and 3.
from __future__ import print_function
import binascii, ctypes, socket, sys

PREFIXES = ("AF_ PF_ SOCK_ SO_ SOMAXCONN MSG_ SOL_ IPPROTO_ IPPORT_ INADDR_ IP_ IPV6_ TCP_ EAI_ AI_ NI_ SHUT_ TIPC_ "
            "NETLINK_ PACKET_ BTPROTO_ HCI_ SCM_").split()
libc = ctypes.CDLL(None, use_errno=True)
text = (lambda b: b.decode("latin-1")) if sys.version_info[0] > 2 else bytes


def raw_name(sock):
    room, length = ctypes.create_string_buffer(128), ctypes.c_uint(128)
    if libc.getsockname(sock.fileno(), room, ctypes.byref(length)):
        raise socket.error(ctypes.get_errno(), "getsockname")
    return room.raw[: length.value]


def shown(address):
    if isinstance(address, tuple):
        return ",".join(shown(part) for part in address)
    if isinstance(address, bytes):
        return binascii.hexlify(address).decode("ascii")
    if isinstance(address, int) or isinstance(address, type(2**70)):
        return str(address)
    return binascii.hexlify(address.encode("utf-8", "surrogateescape")).decode("ascii")


def bind(family, kind, address):
    family, kind = int(family), int(kind)
    sock = socket.socket(family, kind)
    if address and libc.bind(sock.fileno(), address, len(address)):
        raise socket.error(ctypes.get_errno(), "bind")
    return binascii.hexlify(raw_name(sock)).decode("ascii") + " " + shown(sock.getsockname())


def addresses(host, service, *hints):
    host, service = text(host) if host else None, text(service) if service else None
    found = socket.getaddrinfo(host, service, *hints)
    return ";".join(",".join((str(int(kind)), str(protocol), shown(name), shown(address)))
                    for _, kind, protocol, name, address in found)


def constants():
    names = [name for name in dir(socket) if name.startswith(tuple(PREFIXES))]
    values = [(name, getattr(socket, name)) for name in names]
    return " ".join("%s=%d" % pair for pair in values if not isinstance(pair[1], str))


OPERATIONS = {
    "aton": lambda t: shown(bytes(socket.inet_aton(text(t)))),
    "ntoa": lambda b: str(socket.inet_ntoa(b)),
    "pton": lambda f, t: shown(bytes(socket.inet_pton(int(f), text(t)))),
    "ntop": lambda f, b: str(socket.inet_ntop(int(f), b)),
    "htons": lambda n: str(socket.htons(int(n))),
    "htonl": lambda n: str(socket.htonl(int(n))),
    "ntohs": lambda n: str(socket.ntohs(int(n))),
    "ntohl": lambda n: str(socket.ntohl(int(n))),
    "service": lambda n, p: str(socket.getservbyname(text(n), text(p))),
    "port": lambda n, p: str(socket.getservbyport(int(n), text(p))),
    "protocol": lambda n: str(socket.getprotobyname(text(n))),
    "addresses": lambda h, s, f, t, p, flags: addresses(h, s, int(f), int(t), int(p), int(flags)),
    "name": lambda h, p, flags: shown(socket.getnameinfo((text(h), int(p)), int(flags))),
    "bind": bind,
    "constants": constants,
}

for line in sys.stdin:
    words = line.rstrip("\n").split(" ")
    arguments = [binascii.unhexlify(word) for word in words[1:]]
    try:
        print("ok", OPERATIONS[words[0]](*arguments))
    except (socket.error, ValueError) as error:
        print("err", error)
