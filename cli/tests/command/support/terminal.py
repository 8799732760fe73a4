"""Runs a command on a terminal of its own.

usage: terminal.py WHERE CMD [ARG...]

What comes on standard input is typed, ^D last. What the terminal shows goes to standard output; with WHERE `apart` the
command's own standard output does, too, past the terminal. Ends with the command's exit code.
"""
import fcntl
import os
import pty
import sys
import termios
import threading


def be_quiet(terminal):
    """Lines, ^C and ^D stay; nothing is echoed, and nothing that is written is changed."""
    mode = termios.tcgetattr(terminal)
    mode[1] &= ~termios.OPOST
    mode[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, mode)


def become(where, command):
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for number in (0, 2) if where == "apart" else (0, 1, 2):
        os.dup2(slave, number)
    os.execvp(command[0], command)


def write_all(descriptor, data):
    while data:
        data = data[os.write(descriptor, data):]


def type_in(master):
    while data := os.read(0, 1024):
        write_all(master, data)
    write_all(master, b"\x04")


def show(master):
    try:
        while data := os.read(master, 65536):
            write_all(1, data)
    except OSError:
        pass  # the last holder of the terminal is gone


where, command = sys.argv[1], sys.argv[2:]
master, slave = pty.openpty()
os.set_inheritable(master, False)
be_quiet(slave)
pid = os.fork()
if pid == 0:
    become(where, command)
os.close(slave)
threading.Thread(target=type_in, args=(master,), daemon=True).start()
show(master)
os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 0xFF)
