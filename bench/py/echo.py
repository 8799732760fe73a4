"""Echoes lines, by `asynchat`, `asyncio-streams`, `asyncio-protocol`, `uvloop-streams`, `uvloop-protocol` or `asyncio-tls PEM`."""

import os
import socket
import sys
import warnings

warnings.simplefilter("ignore")  # asyncore is deprecated
KIND = sys.argv[1]
END = b"\n"


def listen():
    # The core of all servers; a machine with fewer cores measures all the same.
    try:
        os.sched_setaffinity(0, {0})
    except OSError:
        pass
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print("listening on 127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    return listener


def no_delay(sock):
    # asyncio does it by itself only where the listener's protocol is not 0, as create_server leaves it.
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def asynchat_loop(listener):
    import asynchat
    import asyncore

    class Chat(asynchat.async_chat):
        def __init__(self, sock):
            asynchat.async_chat.__init__(self, sock)
            no_delay(sock)
            self.set_terminator(END)
            self.pieces = []

        def collect_incoming_data(self, data):
            self.pieces.append(data)

        def found_terminator(self):
            line = b"".join(self.pieces)
            self.pieces = []
            self.push(line + END)

    class Server(asyncore.dispatcher):
        def __init__(self):
            asyncore.dispatcher.__init__(self, listener)
            self.accepting = True

        def handle_accepted(self, sock, _):
            Chat(sock)

    server = Server()
    asyncore.loop(use_poll=True)
    return server


def asyncio_loop(listener):
    import asyncio

    if KIND.startswith("uvloop"):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())

    async def serve(reader, writer):
        no_delay(writer.get_extra_info("socket"))
        try:
            while True:
                writer.write(await reader.readuntil(END))
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    class Echo(asyncio.Protocol):
        def connection_made(self, transport):
            self.transport, self.begun = transport, b""
            no_delay(transport.get_extra_info("socket"))

        def data_received(self, data):
            *lines, self.begun = (self.begun + data).split(END)
            for line in lines:
                self.transport.write(line + END)

    def tls():
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2])
        context.num_tickets = 0
        return context

    async def main():
        if KIND.endswith("protocol"):
            server = await asyncio.get_running_loop().create_server(Echo, sock=listener, backlog=4096)
        else:
            secured = tls() if KIND.endswith("tls") else None
            server = await asyncio.start_server(serve, sock=listener, backlog=4096, ssl=secured)
        await server.serve_forever()

    asyncio.run(main())


asynchat_loop(listen()) if KIND == "asynchat" else asyncio_loop(listen())
