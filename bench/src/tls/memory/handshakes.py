"""FOLDER full|resumed COUNT: makes pairs of ends in memory, one after the other, and prints a sample."""
import json, ssl, sys, time

folder, handshakes, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
resumes = handshakes == "resumed"
FIRST = 10

client_context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
client_context.minimum_version = ssl.TLSVersion.TLSv1_3
client_context.load_verify_locations(f"{folder}/chain.pem")
server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
server_context.minimum_version = ssl.TLSVersion.TLSv1_3
server_context.num_tickets = 2 if resumes else 0
server_context.load_cert_chain(f"{folder}/both.pem")


def pair(session):
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context.wrap_bio(back, there, server_hostname="localhost", session=session)
    server = server_context.wrap_bio(there, back, server_side=True)
    waiting = [client, server]
    while waiting:
        for end in list(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                pass
    return client, server


session = None
for _ in range(FIRST):
    client, server = pair(session)
    server.write(b"k")
    client.read(1)
    session = client.session if resumes else None
wall, own = time.perf_counter(), time.process_time()
for _ in range(count):
    client, server = pair(session)
wall, own = time.perf_counter() - wall, time.process_time() - own
assert client.session_reused == resumes
print(json.dumps({"wall": wall, "own": own, "children": 0, "units": count, "memory": 0}))
