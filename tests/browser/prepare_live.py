"""Run in a process of its own: the store of ``prepare.py`` without cases; prints tokens with which a test acts as others do."""

import json

from prepare import main


def tokens() -> dict[str, str]:
    """A token of the desk and one of a unit."""
    from liandong.district.accounts import Account, issue_token

    return {name: issue_token(Account.objects.get(username=name)) for name in ("desk", "cg")}


if __name__ == "__main__":
    main(0)
    print(json.dumps(tokens()))
