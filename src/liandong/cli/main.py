"""``liandong``: the command line (CONTRACT §5). Only the module of the command asked for is imported.

Exit 0 done, 1 the answer is "no" or something was violated, 2 wrong use; errors are one line on stderr.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from typing import Any, NoReturn

from .errors import CommandError

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("serve", "启动服务：页面、接口、实时流、时钟、推送"),
    "demo": ("demo", "新建示范区县：数据包、示范账号、真实留言回放、各种状态的工单"),
    "init": ("district", "装入区县数据包"),
    "migrate": ("district", "建立或升级数据库表"),
    "calendar": ("district", "装入节假日表"),
    "user": ("accounts", "账号：add、list、password、disable"),
    "token": ("accounts", "为账号签发一个接口令牌"),
    "replay": ("replay", "回放留言文件"),
    "simulate": ("simulate", "在一次性库里推演场景（虚拟时钟）"),
    "due": ("due", "算出办结时刻"),
    "route": ("routing", "一段文字应由哪个单位办"),
    "evaluate-routing": ("routing", "用带标签的文字给分流打分"),
    "hotspots": ("hotspots", "热点问题：聚成一类、按热度排序"),
    "learn": ("learning", "训练分流研判模型：起步、按办结工单再训练、启用、自动建议的准确率"),
    "check": ("work", "核验 I1–I9 与封印链"),
    "tick": ("work", "把到期的时钟和推送各处理一遍"),
    "worker": ("work", "持续处理时钟和推送"),
    "report": ("report", "报告：日报、周报、月报、季度例会材料、年报、专报"),
    "paper": ("paper", "系统停用时的纸单：预留一批单号，印成 docx 或 pdf"),
    "erase": ("erase", "按保管期限销毁个人信息"),
    "backup": ("backup", "备份到一个文件"),
    "restore": ("backup", "从备份文件恢复"),
    "exchange": ("exchange", "两网交换：密钥、导出、导入、状态"),
    "intake": ("intake", "接入（110接警系统、12345）：试字段对照、收一遍、状态"),
    "channels": ("channels", "通知渠道：预览一条通知会发给谁、写什么；各渠道现状"),
    "doctor": ("doctor", "体检：哪里不对、怎么办"),
}


class Parser(argparse.ArgumentParser):
    """argparse whose complaint is one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}（用法见 {self.prog} --help）\n")


def build_parser(wanted: str | None) -> argparse.ArgumentParser:
    """The parser with the arguments of ``wanted`` alone; the other commands are names with a line of help."""
    parser = Parser(prog="liandong", description="联动：非紧急求助警情分流系统")
    commands = parser.add_subparsers(dest="command", metavar="命令", required=True)
    module = COMMANDS[wanted][0] if wanted in COMMANDS else None
    loaded: Any = None
    for name, (home, help_line) in COMMANDS.items():
        if home != module:
            commands.add_parser(name, help=help_line)
        elif loaded is None:
            loaded = importlib.import_module(f"liandong.cli.{home}")
            loaded.add_parser(commands)
            parser.set_defaults(run=getattr(loaded, "run", None))
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # Chinese text, whatever the machine's locale
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    arguments = (
        [os.fsencode(word).decode("utf-8", "replace") for word in sys.argv[1:]] if argv is None else argv
    )
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    args = build_parser(wanted).parse_args(arguments)
    try:
        return int(args.run(args) or 0)
    except CommandError as error:
        return complain(str(error), error.code)
    except KeyboardInterrupt:
        return complain("已中断。", 1)
    except BrokenPipeError:  # the reader of our output has gone: nobody is left to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        return complain(f"{error.strerror or error}：{error.filename or ''}".rstrip("："), 2)
    except (
        Exception
    ) as error:  # the last line of defence: a person gets one line, a developer asks for the rest
        if os.environ.get("LIANDONG_DEBUG") == "1":
            raise
        return complain(f"内部错误 {explain(error)}（LIANDONG_DEBUG=1 可看详情）", 1)


def explain(error: Exception) -> str:
    """An unexpected error as one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}：{text[:300]}" if text else type(error).__name__


def complain(line: str, code: int) -> int:
    """Print one line on stderr and hand the exit code back."""
    print(f"liandong: {' '.join(line.split())}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
