# SPDX-License-Identifier: Apache-2.0
"""TLS sessions of execs: each connection resumes the last one's, and does without where the server will not have it."""
import socket

from rows import RUN, row

WELL = "ok    hostile"
PRE_SHARED_KEY = b"\x00\x29"  # the extension that offers a ticket; always the last one (RFC 8446, section 4.2.11)


def resumed_execs(outcome):
    return [request["resumed"] for request in outcome.requests if "/exec?" in request["path"]]


def all_but_the_first(outcome):
    resumed = resumed_execs(outcome)
    return None if len(resumed) > 1 and resumed == [False] + [True] * (len(resumed) - 1) else f"resumed were {resumed}"


def none(outcome):
    resumed = resumed_execs(outcome)
    return None if len(resumed) > 1 and not any(resumed) else f"resumed were {resumed}"


@row("tickets that are taken", RUN, 0, WELL, check=all_but_the_first)
def _(talk):
    talk.well()


@row("tickets that the next connection refuses", RUN, 0, WELL, connect=True, check=none)
def _(peer, connection):
    peer.speak(connection, peer.new_context())


def offers_ticket(connection):
    """Looks at the ClientHello and leaves it where it is."""
    length = int.from_bytes(connection.recv(5, socket.MSG_PEEK | socket.MSG_WAITALL)[3:])
    hello = connection.recv(5 + length, socket.MSG_PEEK | socket.MSG_WAITALL)
    at = 5 + 4 + 2 + 32
    at += 1 + hello[at]  # the session's identifier
    at += 2 + int.from_bytes(hello[at : at + 2])  # ciphers
    at += 1 + hello[at]  # compression
    at += 2
    while at < len(hello):
        if hello[at : at + 2] == PRE_SHARED_KEY:
            return True
        at += 4 + int.from_bytes(hello[at + 2 : at + 4])
    return False


@row("no connection with a ticket", RUN, 0, WELL, connect=True, check=none)
def _(peer, connection):
    if not offers_ticket(connection):
        peer.speak(connection, peer.context)
