"""A client or server of asyncio's streams. Arguments as those of peer.py, but for the key file - in plain text."""
import asyncio
import ssl
import sys

# The bound of everything, reached only by a test that fails.
LIMIT = 60


async def answers(chain, key):
    """Sends back what comes, one client long: behind TLS as it comes, since streams have no half-close there."""
    ended = asyncio.Event()

    async def serve(reader, writer):
        if chain == "-":
            writer.write(await reader.read())
        else:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()
        await writer.wait_closed()
        ended.set()

    secured = None
    if chain != "-":
        secured = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secured.load_cert_chain(chain, key)
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=secured)
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await ended.wait()
    server.close()


async def asks(chain, port):
    """Sends its input, half-closes where it can, and prints what comes to the end."""
    secured = None if chain == "-" else ssl.create_default_context(cafile=chain)
    name = secured and "localhost"
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=secured, server_hostname=name)
    writer.write(sys.stdin.buffer.read())
    if writer.can_write_eof():
        writer.write_eof()
    sys.stdout.buffer.write(await reader.read())
    writer.close()
    await writer.wait_closed()


if __name__ == "__main__":
    task = {"answers": answers, "asks": asks}[sys.argv[1]]
    asyncio.run(asyncio.wait_for(task(*sys.argv[2:]), LIMIT))
