"""``liandong user add|list|password|disable`` and ``liandong token --user NAME``."""

from __future__ import annotations

import argparse
import getpass
import secrets
import sys
from typing import Any

from .boot import boot, require_store
from .errors import AnswerIsNo, WrongUse


def add_parser(commands: Any) -> None:
    """Register ``user`` and ``token``."""
    user = commands.add_parser("user", help="账号：add、list、password、disable")
    actions = user.add_subparsers(dest="action", metavar="动作", required=True)
    adding = actions.add_parser("add", help="新建账号（首次登录须改密码）")
    adding.add_argument("name")
    adding.add_argument("--role", required=True)
    adding.add_argument("--unit", metavar="CODE", help="联动单位的代码（角色 unit 必填）")
    adding.add_argument("--display-name", default="", metavar="姓名")
    adding.add_argument(
        "--password-stdin", action="store_true", help="从标准输入读密码；否则生成一个并显示一次"
    )
    adding.add_argument("--no-password", action="store_true", help="不设密码，只用接口令牌")
    adding.set_defaults(run=add)
    listing = actions.add_parser("list", help="列出账号")
    listing.set_defaults(run=show)
    password = actions.add_parser("password", help="改密码")
    password.add_argument("name")
    password.add_argument("--password-stdin", action="store_true", help="从标准输入读密码")
    password.set_defaults(run=change)
    disabling = actions.add_parser("disable", help="停用账号，其令牌同时失效")
    disabling.add_argument("name")
    disabling.set_defaults(run=disable)
    token = commands.add_parser("token", help="为账号签发一个接口令牌")
    token.add_argument("--user", required=True, metavar="NAME")
    token.add_argument(
        "--scope",
        action="append",
        default=[],
        metavar="SCOPE",
        help="接口账号：register、append、cancel、police_done、hotline（须写明）、unit:代码",
    )
    token.set_defaults(run=issue)


def add(args: argparse.Namespace) -> int:
    """Make an account; a generated password is printed once and must be changed at the first log-in."""
    if args.no_password and args.password_stdin:
        raise WrongUse("--no-password 与 --password-stdin 只能选一个。")
    boot()
    require_store()
    from liandong.district.accounts import AccountError, create_account

    generated = not args.no_password and not args.password_stdin
    password = None if args.no_password else generate() if generated else sys.stdin.readline().rstrip("\n")
    try:
        create_account(args.name, args.role, args.unit, password, display_name=args.display_name)
    except AccountError as error:
        raise AnswerIsNo(str(error)) from error
    print(
        f"已建账号 {args.name}。"
        + (f"初始密码 {password}（只显示这一次，首次登录须改）" if generated else "")
    )
    return 0


def generate() -> str:
    """A random password that satisfies the rule for passwords."""
    return f"{secrets.token_urlsafe(9)}a7"


def show(args: argparse.Namespace) -> int:
    """One account a line: name, role, unit, state."""
    boot()
    require_store()
    from liandong.district.models import Account

    for account in Account.objects.order_by("username"):
        state = "启用" if account.is_active else "停用"
        marks = "、".join([state, *(["示范"] if account.demonstration else [])])
        print("\t".join([account.username, account.role, account.unit or "-", marks]))
    return 0


def change(args: argparse.Namespace) -> int:
    """Set a password, read from stdin or twice from the terminal; never from the command line."""
    boot()
    require_store()
    from liandong.district.accounts import AccountError, set_password

    account = find(args.name)
    if args.password_stdin or not sys.stdin.isatty():
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = getpass.getpass("新密码：")
        if getpass.getpass("再输一次：") != password:
            raise AnswerIsNo("两次输入不一致，密码没有改。")
    try:
        set_password(account, password)
    except AccountError as error:
        raise AnswerIsNo(str(error)) from error
    print(f"已改 {args.name} 的密码。")
    return 0


def disable(args: argparse.Namespace) -> int:
    """Close an account: no log-in, no token works any more; what it did stays in the log."""
    boot()
    require_store()
    account = find(args.name)
    account.is_active = False
    account.save(update_fields=["is_active"])
    print(f"已停用 {args.name}。")
    return 0


def issue(args: argparse.Namespace) -> int:
    """Print one new API token alone; creates nothing else."""
    boot()
    require_store()
    from liandong.district.accounts import USUAL_SCOPES, AccountError, issue_token

    account = find(args.user)
    if not account.is_active:
        raise AnswerIsNo(f"账号 {args.user} 已停用，不能签发令牌。")
    scopes = args.scope or (list(USUAL_SCOPES) if account.role == "integration" else [])
    try:
        token = issue_token(account, scopes=scopes)
    except AccountError as error:
        raise AnswerIsNo(str(error)) from error
    print(token)
    return 0


def find(name: str) -> Any:
    """The account of that name."""
    from liandong.district.models import Account

    account = Account.objects.filter(username=name).first()
    if account is None:
        raise AnswerIsNo(f"没有账号 {name}。可用 liandong user list 查看，用 liandong user add 新建。")
    return account
