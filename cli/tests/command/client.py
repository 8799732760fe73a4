"""Sends standard input to HOST PORT while it reads, half-closes, and writes what comes to standard output."""
import socket
import sys
import threading


def send():
    while data := sys.stdin.buffer.read1(65536):
        connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


connection = socket.create_connection((sys.argv[1], int(sys.argv[2])))
threading.Thread(target=send).start()
while data := connection.recv(65536):
    sys.stdout.buffer.write(data)
