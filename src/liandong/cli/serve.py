"""``liandong serve``: everything one machine needs on one port.

Two child processes: granian (pages, API, stream; it restarts its own workers) and one engine worker (clocks,
deliveries, seals). A child that dies is started again; SIGTERM and SIGINT go to both and end the command.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import Any

from .boot import boot, migrate, pack_loaded
from .errors import AnswerIsNo, CommandError, WrongUse

APPLICATION = "liandong.site.asgi:application"
GRACE_SECONDS = 15
PR_SET_PDEATHSIG = 1
WAITING, CONNECTIONS = 2048, 8192
"""Connections that wait to be accepted, and open ones a process: every screen holds its stream and a connection for
its lists. Granian's own limit (512 a process with two of them) leaves the next screen waiting without a word."""


def add_parser(commands: Any) -> None:
    """Register ``serve``."""
    parser = commands.add_parser("serve", help="启动服务：页面、接口、实时流、时钟、推送")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument(
        "--host", default="127.0.0.1", help="默认只监听本机；对外服务请放在 nginx 或 Caddy 之后"
    )
    parser.add_argument("--workers", type=int, default=2, help="页面与接口的进程数")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Bring the tables up to date, start both children, stand by until told to stop."""
    if not 0 < args.port < 65536:
        raise WrongUse(f"--port {args.port} 不是端口号（1–65535）。")
    boot()
    applied = migrate()
    if applied:
        print(f"已升级数据库：{applied} 个迁移。", flush=True)
    if not pack_loaded():
        raise AnswerIsNo(
            "还没有装入区县数据包。请先运行 liandong init --pack 目录，或 liandong demo 看示范。"
        )
    require_free(args.host, args.port)
    from django.db import connections

    connections.close_all()
    allow_files()
    children = [
        Child("页面与接口", web_call(args)),
        Child("时钟与推送", [sys.executable, "-m", "liandong.cli.main", "worker"]),
    ]
    print(f"联动已启动：http://{shown(args.host)}:{args.port}/ （Ctrl+C 停止）", flush=True)
    return Supervisor(children).run()


def allow_files() -> None:
    """Let the children have as many open connections as they take, as far as the machine allows it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS if hard == resource.RLIM_INFINITY else min(hard, 2 * CONNECTIONS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def web_call(args: argparse.Namespace) -> list[str]:
    """The command line of the web server."""
    call = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--host",
        args.host,
        "--port",
        str(args.port),
    ]
    call += [
        "--workers",
        str(args.workers),
        "--respawn-failed-workers",
        "--workers-kill-timeout",
        "10",
        "--backlog",
        str(WAITING),
        "--backpressure",
        str(CONNECTIONS),
        "--no-ws",
    ]
    return [*call, "--log-level", os.environ.get("LIANDONG_LOG", "warning").lower(), APPLICATION]


def shown(host: str) -> str:
    """The host as a person would type it."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)


def require_free(host: str, port: int) -> None:
    """Refuse before anything is started when somebody listens on the port already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"端口 {host}:{port} 用不了（{error.strerror}）。请换一个：--port 8001。"
            ) from error


def end_with_parent() -> None:
    """Runs in a new child: should ``serve`` itself be killed, Linux tells the child to end (no worker without a door)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One process that must run; started again when it dies, more slowly each time it dies young."""

    def __init__(self, name: str, call: list[str]) -> None:
        self.name, self.call = name, call
        self.process: subprocess.Popen[bytes] | None = None
        self.started = 0.0
        self.early_deaths = 0

    def start(self) -> None:
        """Start the process in its own group, so that a terminal's Ctrl+C reaches it once, through us."""
        self.process = subprocess.Popen(self.call, start_new_session=True, preexec_fn=end_with_parent)
        self.started = time.monotonic()

    def watch(self) -> None:
        """Start the process again if it has died; wait longer after each death within ten seconds."""
        if self.process is None or self.process.poll() is None:
            return
        lived = time.monotonic() - self.started
        self.early_deaths = self.early_deaths + 1 if lived < 10 else 0
        if self.early_deaths >= 5:
            raise CommandError(
                f"{self.name}连续 5 次启动失败（退出码 {self.process.returncode}），请看上面的输出。"
            )
        print(
            f"liandong: {self.name}进程退出（{self.process.returncode}），重新启动。",
            file=sys.stderr,
            flush=True,
        )
        time.sleep(self.early_deaths)
        self.start()

    def stop(self, signum: int) -> None:
        """Pass a signal on to a living process."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signum)

    def bury(self, deadline: float) -> None:
        """Wait for the end until ``deadline`` (monotonic seconds), then kill the whole group."""
        if self.process is None:
            return
        try:
            self.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Supervisor:
    """Keeps the children running until SIGTERM or SIGINT."""

    def __init__(self, children: list[Child]) -> None:
        self.children = children
        self.stopping = False

    def run(self) -> int:
        """Start all, watch until a signal comes, then stop all; 0 when stopped by a signal."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, self.on_signal)
        try:
            for child in self.children:
                child.start()
            while not self.stopping:
                time.sleep(0.5)
                for child in self.children:
                    if not self.stopping:
                        child.watch()
        finally:
            for child in self.children:
                child.stop(signal.SIGTERM)
            deadline = time.monotonic() + GRACE_SECONDS
            for child in self.children:
                child.bury(deadline)
        return 0

    def on_signal(self, signum: int, frame: FrameType | None) -> None:
        """Remember that the end has come; the loop passes the signal on."""
        self.stopping = True
