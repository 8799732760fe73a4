"""FOLDER TOTAL AT_ONCE: moves the bytes from a client to a server, which is a child, and prints a sample."""
import json, os, resource, socket, ssl, sys, time

folder, total, at_once = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
FIRST = 1 << 20
PERIOD = 65521
random = os.urandom(PERIOD)
pattern = memoryview((random * 4)[:PERIOD + at_once])


def context(protocol):
    made = ssl.SSLContext(protocol)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    return made


def send(socket, total):
    sent = 0
    while sent < total:
        start = sent % PERIOD
        piece = pattern[start:start + min(at_once, total - sent)]
        socket.sendall(piece)
        sent += len(piece)
    socket.unwrap()


def receive(socket, total):
    buffer, received = bytearray(at_once), 0
    while n := socket.recv_into(buffer):
        start = received % PERIOD
        assert buffer.startswith(pattern[start:start + n]), "other bytes came than were sent"
        received += n
    assert received == total, received
    socket.unwrap()


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measured(work, *arguments):
    wall, own = time.perf_counter(), cpu()
    work(*arguments)
    return time.perf_counter() - wall, cpu() - own


def serve(listener, output):
    server = context(ssl.PROTOCOL_TLS_SERVER)
    server.num_tickets = 0
    server.load_cert_chain(f"{folder}/both.pem")

    def one(total):
        accepted = listener.accept()[0]
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        receive(server.wrap_socket(accepted, server_side=True, suppress_ragged_eofs=False), total)

    one(FIRST)
    os.write(output, json.dumps(measured(one, total)[1]).encode())
    os._exit(0)


def dial(address):
    client = context(ssl.PROTOCOL_TLS_CLIENT)
    client.load_verify_locations(f"{folder}/chain.pem")

    def one(total):
        dialled = socket.create_connection(address)
        dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        send(client.wrap_socket(dialled, server_hostname="localhost"), total)

    one(FIRST)
    return measured(one, total)


listener = socket.create_server(("127.0.0.1", 0))
reads, writes = os.pipe()
if (child := os.fork()) == 0:
    serve(listener, writes)
os.close(writes)
wall, own = dial(listener.getsockname())
os.waitpid(child, 0)
children = json.loads(os.read(reads, 100))
print(json.dumps({"wall": wall, "own": own, "children": children, "units": total, "memory": 0}))
