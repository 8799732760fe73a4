"""FOLDER full|resumed: sends what comes first back, and waits for the client's end."""
import socket, ssl, sys

folder, handshakes = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.minimum_version = ssl.TLSVersion.TLSv1_3
context.num_tickets = 2 if handshakes == "resumed" else 0
context.load_cert_chain(f"{folder}/both.pem")
listener = socket.create_server(("127.0.0.1", 0))
print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
while True:
    accepted = listener.accept()[0]
    accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with context.wrap_socket(accepted, server_side=True) as secured:
        secured.sendall(secured.recv(4096))
        secured.recv(1)
        secured.unwrap()
