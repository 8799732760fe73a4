"""FOLDER TOTAL: moves the bytes from a client to a server in memory, and prints a sample."""
import json, os, ssl, sys, time

folder, total = sys.argv[1], int(sys.argv[2])
AT_ONCE = 65536

client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
client_context.minimum_version = ssl.TLSVersion.TLSv1_3
client_context.load_verify_locations(f"{folder}/chain.pem")
server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.minimum_version = ssl.TLSVersion.TLSv1_3
server_context.num_tickets = 0
server_context.load_cert_chain(f"{folder}/both.pem")
there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
client = client_context.wrap_bio(back, there, server_hostname="localhost")
server = server_context.wrap_bio(there, back, server_side=True)
waiting = [client, server]
while waiting:
    for end in list(waiting):
        try:
            end.do_handshake()
            waiting.remove(end)
        except ssl.SSLWantReadError:
            pass

piece, buffer = memoryview(os.urandom(AT_ONCE)), bytearray(AT_ONCE)
wall, own = time.perf_counter(), time.process_time()
moved = 0
while moved < total:
    client.write(piece)
    received = 0
    while received < AT_ONCE:
        n = server.read(AT_ONCE, buffer)
        assert buffer.startswith(piece[received:received + n]), "other bytes came than were sent"
        received += n
    moved += received
wall, own = time.perf_counter() - wall, time.process_time() - own
print(json.dumps({"wall": wall, "own": own, "children": 0, "units": moved, "memory": 0}))
