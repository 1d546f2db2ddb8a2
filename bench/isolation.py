#!/usr/bin/env python3
"""What decoding in a process of its own costs: two daemons, alternately asked over a connection each.

    bench/isolation.py build/senetd IMAGE [--requests 2000] [--blocks 20] [FLAGS OF SENETD...]

Prints the milliseconds of a request and those of its stages decode and preprocess, for both values of
decoder_isolation.
"""
import argparse
import json
import os
import socket
import statistics
import subprocess
import tempfile
import time


class Daemon:
    """One senetd, and one connection to it."""

    def __init__(self, senetd, mode, folder, flags):
        self.mode, self.totals, self.stages = mode, [], []
        port_file = os.path.join(folder, mode)
        self.process = subprocess.Popen(
            [senetd, '--listen', '127.0.0.1:0', '--port-file', port_file, '--log-level', 'error',
             '--decoder-isolation', mode, *flags], stdout=subprocess.DEVNULL)
        while not os.path.exists(port_file):
            if self.process.poll() is not None:
                raise SystemExit('isolation: senetd does not start')
            time.sleep(0.01)
        with open(port_file) as file:
            self.connection = socket.create_connection(('127.0.0.1', int(file.read())))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request):
        began, answer = time.perf_counter(), b''
        self.connection.sendall(request)
        while True:
            answer += self.connection.recv(1 << 16)
            head, found, body = answer.partition(b'\r\n\r\n')
            if found and len(body) >= int(head.lower().partition(b'content-length: ')[2].split(b'\r')[0]):
                break
        total = (time.perf_counter() - began) * 1e3
        if not head.startswith(b'HTTP/1.1 200'):
            raise SystemExit(f'isolation: {body.decode()}')
        timing = json.loads(body)['timing_ms']
        return total, timing['decode'] + timing['preprocess']

    def measure(self, request, count):
        for _ in range(count):
            total, stages = self.ask(request)
            self.totals.append(total)
            self.stages.append(stages)

    def end(self):
        self.connection.close()
        self.process.terminate()
        self.process.wait()


def row(name, totals, stages):
    print(f'{name:10} {totals[0]:8.3f} {totals[1]:8.3f}   {stages[0]:8.3f} {stages[1]:8.3f}')


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('senetd')
    parser.add_argument('image')
    parser.add_argument('--requests', type=int, default=2000)
    parser.add_argument('--blocks', type=int, default=20)
    arguments, flags = parser.parse_known_args()
    with open(arguments.image, 'rb') as file:
        image = file.read()
    request = (b'POST /v1/predict?attention=none HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n' % len(image)) + image
    with tempfile.TemporaryDirectory() as folder:
        daemons = [Daemon(arguments.senetd, mode, folder, flags) for mode in ('process', 'thread')]
        for daemon in daemons:
            for _ in range(max(arguments.requests // 20, 1)):
                daemon.ask(request)
        for block in range(arguments.blocks):
            for daemon in daemons[::-1] if block % 2 else daemons:
                daemon.measure(request, arguments.requests // arguments.blocks)
        for daemon in daemons:
            daemon.end()
    print('              request, ms         decode + preprocess, ms')
    print('                min   median        min   median')
    numbers = [[(min(x), statistics.median(x)) for x in (daemon.totals, daemon.stages)] for daemon in daemons]
    for daemon, (totals, stages) in zip(daemons, numbers):
        row(daemon.mode, totals, stages)
    row('difference', *[[a - b for a, b in zip(*pair)] for pair in zip(*numbers)])


if __name__ == '__main__':
    main()
