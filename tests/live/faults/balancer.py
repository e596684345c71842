#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A load balancer in front of the API server, as bad as the worst: it closes what is idle, and cuts connections with a
reset after so many bytes.

    balancer.py ADDRESS PORT --port-file FILE [--idle SECONDS] [--cut SEED:MOST[:TIMES]] [--delay SECONDS]

--cut draws for each connection after how many bytes from the server it is cut, up to MOST, and stops cutting after
TIMES. --delay is added to each direction. What it does is on standard output, one line each.
"""
import argparse
import asyncio
import os
import random
import socket
import struct


class Balancer:
    def __init__(self, options):
        self.options = options
        self.count = 0
        self.cuts = 0
        self.draws = None
        if options.cut:
            seed, most, *times = (int(word) for word in options.cut.split(":"))
            self.draws = random.Random(seed)
            self.most = most
            self.times = times[0] if times else None

    def limit(self):
        if self.draws is None or (self.times is not None and self.cuts >= self.times):
            return None
        return self.draws.randint(0, self.most)

    async def serve(self, reader, writer):
        self.count += 1
        connection = Connection(self, self.count, self.limit())
        await connection.run(reader, writer)


def reset(writer):
    """Ends a connection by a reset, so that what was sent and not yet read is lost as well."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Connection:
    def __init__(self, balancer, number, limit):
        self.balancer = balancer
        self.number = number
        self.limit = limit
        self.passed = 0
        self.heard = asyncio.get_running_loop().time()

    async def run(self, reader, writer):
        options = self.balancer.options
        try:
            behind_reader, behind_writer = await asyncio.open_connection(options.address, options.port)
        except OSError:
            reset(writer)
            return
        tasks = [
            asyncio.create_task(self.copy(reader, behind_writer, None)),
            asyncio.create_task(self.copy(behind_reader, writer, self.limit)),
        ]
        if options.idle:
            tasks.append(asyncio.create_task(self.watch()))
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
        why = next(iter(done)).result()
        print(f"connection {self.number}: {why} after {self.passed} bytes", flush=True)
        if why == "cut":
            self.balancer.cuts += 1
        end = asyncio.StreamWriter.close if options.delay else reset
        end(writer)
        end(behind_writer)

    async def watch(self):
        while True:
            left = self.heard + self.balancer.options.idle - asyncio.get_running_loop().time()
            if left <= 0:
                return "idle"
            await asyncio.sleep(left)

    async def copy(self, reader, writer, limit):
        delay = self.balancer.options.delay
        try:
            while True:
                data = await reader.read(65536)
                if not data:
                    await asyncio.sleep(2 * delay)  # what was read before it is on its way
                    return "closed"
                self.heard = asyncio.get_running_loop().time()
                if limit is not None:
                    data = data[: limit - self.passed]
                    self.passed += len(data)
                if delay:
                    asyncio.get_running_loop().call_later(delay, writer.write, data)
                    continue
                writer.write(data)
                await writer.drain()
                if limit is not None and self.passed >= limit:
                    return "cut"
        except OSError:
            return "broken"


async def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address")
    parser.add_argument("port", type=int)
    parser.add_argument("--port-file", required=True)
    parser.add_argument("--idle", type=float)
    parser.add_argument("--cut")
    parser.add_argument("--delay", type=float, default=0)
    balancer = Balancer(parser.parse_args())
    server = await asyncio.start_server(balancer.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    with open(balancer.options.port_file + ".new", "w", encoding="ascii") as file:
        file.write(f"{port}\n")
    os.rename(balancer.options.port_file + ".new", balancer.options.port_file)
    async with server:
        await server.serve_forever()


asyncio.run(main())
