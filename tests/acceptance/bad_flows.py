"""Everything a task can do wrong; `test_bad_input.py` copies this file into a folder and runs it."""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

from volant import File, NonRecoverableError, Resources, task, workflow


class Evil(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


class Odd(Exception):
    def __init__(self, a: int, *, b: int) -> None:
        super().__init__(a, b)


class Lock:
    def __init__(self) -> None:
        self.lock = threading.Lock()


@task
def double(n: int) -> int:
    return 2 * n


@task
def wrong(n: int = 1) -> int:
    return "seven"  # type: ignore[return-value]


@task
def unpicklable() -> Lock:
    return Lock()


@task
def read(f: File) -> int:
    return len(Path(f.path).read_text())


@task
def shout() -> int:
    line = b"x" * 1023 + b"\n"
    for _ in range(100 * 1024):
        os.write(1, line)
    return 100


@task
def leave() -> int:
    os._exit(7)


@task
def crash() -> int:
    ctypes.string_at(0)
    return 1


@task
def forked() -> int:
    if child := os.fork():
        return child
    time.sleep(600)
    return 0


@task
def twice() -> int:
    if child := os.fork():
        os.waitpid(child, 0)
        return 1
    return 2


@task(limits=Resources(mem="300Mi"))
def eat() -> int:
    hoard = []
    while True:
        hoard.append(bytearray(16 << 20))
        time.sleep(0.01)  # slowly: this machine may have other things to do


@task
def nothing() -> int:
    pass  # type: ignore[empty-body]


@task
def lost() -> File:
    return File("nowhere.txt")


@task
def big() -> str:
    return "x" * (11 << 20)


@task
def evil() -> int:
    raise Evil


@task
def odd() -> int:
    raise Odd(1, b=2)


@task
def huge() -> int:
    raise ValueError("x" * (20 << 20))


@task
def latin() -> int:
    os.write(1, b"caf\xe9 \xff\xfe\n")
    return 1


@task
def half() -> int:
    raise ValueError("caf\udce9")


@task
def several() -> int:
    raise ExceptionGroup("many", [ValueError("a"), TypeError("b")])


@task
async def awaited() -> int:
    raise ValueError("later")


@task
def deep(n: int = 0) -> int:
    return deep.function(n + 1)


@task
def interrupted() -> int:
    raise KeyboardInterrupt


@task
def exits() -> int:
    sys.exit(3)


@task
def asks() -> str:
    return input("name? ")


@task(timeout=timedelta(seconds=1))
def slow() -> int:
    threading.Event().wait()
    return 1


@task(retries=2)
def flaky() -> int:
    raise ValueError("again")


@task(retries=2)
def final() -> int:
    raise NonRecoverableError("never")


@task
def boom(n: int) -> int:
    return 10 // (n - n)


@task
def killed() -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 1


@task
def once() -> int:
    print("one effect")
    return 1


@task
def fill(n: int, disk: str) -> int:
    if not Path(disk, "freed").exists():
        with Path(disk, "ballast").open("wb", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))
    return n + 1


@workflow
def filling(disk: str) -> int:
    return double(n=fill(n=once(), disk=disk))


@task
def stubborn(folder: str) -> int:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    Path(folder, "pid").write_text(str(os.getpid()))
    Path(folder, "pid").rename(Path(folder, "deaf"))
    threading.Event().wait()
    return 1


@workflow
def mistyped(n: int = 2) -> int:
    return wrong(n=double(n=n))


@workflow
def inner(n: int) -> int:
    return boom(n=double(n=n))


@workflow
def outer(n: int = 2) -> int:
    return double(n=inner(n=n))


@workflow
def fine(n: int = 2) -> int:
    return double(n=n)
