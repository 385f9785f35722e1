#!/usr/bin/env python3
"""Python's multiprocessing: processes that are forked, a Pipe between two of them, a Queue for several senders.

    multiprocessing_peer.py WORKLOAD SECONDS

The same workloads, output and exit status as the programs in C++ (workload.hpp). Messages are bytes and go as they are
(send_bytes), so that nothing is pickled, but for the Queue, which pickles.
"""

import ctypes
import json
import multiprocessing
import os
import pathlib
import signal
import sys
import time

CPUS = sorted(os.sched_getaffinity(0))
CROWD = 100
UNITS = 100
PR_SET_PDEATHSIG = 1


def cpu_ns(*pids):
    """User and system time of living processes, by their CPU clocks, whose numbers hold the process's."""
    return sum(time.clock_gettime_ns((~pid << 3) | 2) for pid in pids)


def word(number):
    return number.to_bytes(8, "little")


def number(message):
    return int.from_bytes(message[:8], "little")


def begin(cpu, body, arguments):
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if cpu is not None:
        os.sched_setaffinity(0, {CPUS[min(cpu, len(CPUS) - 1)]})
    body(*arguments)


def child(cpu, body, *arguments):
    process = multiprocessing.Process(target=begin, args=(cpu, body, arguments), daemon=True)
    process.start()
    return process


def sleeping(pid):
    stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return stat[stat.rindex(")") + 2] == "S"


def settle(pid):
    """Until the kernel has shown it as sleeping twice in a row."""
    seen = 0
    while seen < 2:
        seen = seen + 1 if sleeping(pid) else 0


def quantiles(samples):
    ordered = sorted(samples)
    return {f"p{at}_ns": ordered[round((len(ordered) - 1) * at / 100)] for at in (50, 99)}


def timed(seconds, run, used, operations=1):
    """run(n) for growing n, which warms up, too, and then once for as long as it is to take."""
    count = 1
    while True:
        began = time.perf_counter()
        run(count)
        took = time.perf_counter() - began
        if took > seconds / 10:
            break
        count *= 2 if took > seconds / 100 else 8
    count = max(1, int(count * seconds / took))
    cpu = used()
    began = time.perf_counter_ns()
    run(count)
    wall = time.perf_counter_ns() - began
    return {"wall_ns": wall / count / operations, "cpu_ns": (used() - cpu) / count / operations}


def answer(pipe, expected):
    """Small questions are echoed, and large ones compared with what they are to be, which reads all of them."""
    while True:
        question = pipe.recv_bytes()
        pipe.send_bytes(question if expected is None else word(question == expected))


def ask(seconds, size):
    pipe, other = multiprocessing.Pipe()
    large = None if size == 8 else bytes(size - 8) + word(1)
    process = child(1, answer, other, large)
    os.sched_setaffinity(0, {CPUS[0]})
    asked = 0

    def ask_once():
        nonlocal asked
        asked += 1
        question = word(asked) if large is None else large
        pipe.send_bytes(question)
        if pipe.recv_bytes() != (question if large is None else word(1)):
            raise RuntimeError("a wrong answer")

    def run(count):
        for _ in range(count):
            ask_once()

    figures = timed(seconds * 0.7, run, lambda: cpu_ns(os.getpid(), process.pid))
    samples = []
    began = time.perf_counter()
    while time.perf_counter() - began < seconds * 0.3:
        before = time.perf_counter_ns()
        ask_once()
        samples.append(time.perf_counter_ns() - before)
    return figures | quantiles(samples)


def ask_asleep(seconds):
    pipe, other = multiprocessing.Pipe()
    process = child(1, answer, other, None)
    os.sched_setaffinity(0, {CPUS[0]})
    samples, own = [], 0
    for i in range(-50, sys.maxsize):
        if i == 0:
            samples, own, theirs, began = [], 0, cpu_ns(process.pid), time.perf_counter()
        if i > 0 and time.perf_counter() - began > seconds:
            break
        settle(process.pid)
        cpu = time.process_time_ns()
        before = time.perf_counter_ns()
        pipe.send_bytes(word(1000 + i))
        if number(pipe.recv_bytes()) != 1000 + i:
            raise RuntimeError("a wrong answer")
        samples.append(time.perf_counter_ns() - before)
        own += time.process_time_ns() - cpu
    theirs = cpu_ns(process.pid) - theirs
    return {"wall_ns": sum(samples) / len(samples), "cpu_ns": (own + theirs) / len(samples)} | quantiles(samples)


def receive(take, orders):
    while True:
        orders.send(sum(number(take()) for _ in range(orders.recv())))


def send(put, rest, orders):
    while True:
        for i in range(1, orders.recv() + 1):
            put(word(i) + rest)
        orders.send(None)


def stream(seconds, size, senders):
    if senders == 1:
        reading, writing = multiprocessing.Pipe(duplex=False)
        take, put = reading.recv_bytes, writing.send_bytes
    else:
        queue = multiprocessing.Queue(maxsize=1000)
        take, put = queue.get, queue.put
    orders, other = multiprocessing.Pipe()
    processes = [child(1, receive, take, other)]
    pipes = []
    for _ in range(senders):
        pipe, other = multiprocessing.Pipe()
        pipes.append(pipe)
        processes.append(child(0, send, put, bytes(size - 8), other))

    def run(count):
        orders.send(count * senders)
        for pipe in pipes:
            pipe.send(count)
        if orders.recv() != senders * count * (count + 1) // 2:
            raise RuntimeError("messages were lost or damaged")
        for pipe in pipes:
            pipe.recv()

    return timed(seconds, run, lambda: cpu_ns(*(process.pid for process in processes)), senders)


def hand_on(reading, writing, orders):
    if orders is None:
        while True:
            writing.send_bytes(word(number(reading.recv_bytes()) - 1))
    while True:
        hops = orders.recv() * UNITS
        rounds = 0
        while hops > 0:
            writing.send_bytes(word(hops - 1))
            hops = number(reading.recv_bytes())
            rounds += 1
        orders.send(rounds)


def ring(seconds):
    pipes = [multiprocessing.Pipe(duplex=False) for _ in range(UNITS)]
    orders, other = multiprocessing.Pipe()
    processes = [
        child(None, hand_on, pipes[i][0], pipes[(i + 1) % UNITS][1], None if i else other) for i in range(UNITS)
    ]

    def run(rounds):
        orders.send(rounds)
        if orders.recv() != rounds:
            raise RuntimeError("a message was lost")

    return timed(seconds, run, lambda: cpu_ns(*(process.pid for process in processes)), UNITS)


def unit(pipe):
    pipe.send_bytes(b"ready")
    answer(pipe, None)


def start():
    pipe, other = multiprocessing.Pipe()
    process = child(None, unit, other)
    if pipe.recv_bytes() != b"ready":
        raise RuntimeError("a process did not start")
    return process, pipe


def spawn(seconds):
    samples, used = [], 0
    began = time.perf_counter()
    while len(samples) < 20 or time.perf_counter() - began < seconds:
        cpu = time.process_time_ns()
        before = time.perf_counter_ns()
        process, pipe = start()
        samples.append(time.perf_counter_ns() - before)
        used += time.process_time_ns() - cpu + cpu_ns(process.pid)
        process.kill()
        process.join()
        pipe.close()
    return {"wall_ns": sum(samples) / len(samples), "cpu_ns": used / len(samples)} | quantiles(samples)


def available_kib():
    try:
        pathlib.Path("/proc/sys/vm/stat_refresh").read_text()  # each CPU adds up what it counts for itself
    except OSError:
        pass  # for root alone; then a figure may be off by some pages per CPU
    for line in pathlib.Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1])
    raise RuntimeError("no MemAvailable")


def memory(_seconds):
    first = start()
    settle(first[0].pid)
    before = available_kib()
    units = [start() for _ in range(CROWD)]
    for process, _ in units:
        settle(process.pid)
    return {"kib": (before - available_kib()) / CROWD}


WORKLOADS = {
    "ask_hot": lambda seconds: ask(seconds, 8),
    "ask_asleep": ask_asleep,
    "stream_8": lambda seconds: stream(seconds, 8, 1),
    "stream_64": lambda seconds: stream(seconds, 64, 1),
    "stream_1024": lambda seconds: stream(seconds, 1024, 1),
    "four_senders": lambda seconds: stream(seconds, 8, 4),
    "spawn": spawn,
    "memory": memory,
    "ring_100": ring,
    "large_1": lambda seconds: ask(seconds, 1 << 20),
    "large_64": lambda seconds: ask(seconds, 64 << 20),
}


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in WORKLOADS:
        print(f"usage: {sys.argv[0]} WORKLOAD SECONDS, of the workloads: {' '.join(WORKLOADS)}", file=sys.stderr)
        return 1
    multiprocessing.set_start_method("fork")
    print(json.dumps(WORKLOADS[sys.argv[1]](float(sys.argv[2]))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
