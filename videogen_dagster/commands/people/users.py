"""`videogen users`: who works here, in which roles, with which key; and the log of what they did."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say, show, table, write

if TYPE_CHECKING:
    from videogen.release.people.people import People
    from videogen.release.people.user import User

app = typer.Typer(no_args_is_help=True, help="People, their roles and keys, and the log of their decisions.")
UserName = Annotated[str, typer.Argument(help="2 to 40 of a-z, 0-9 . _ -, first a letter.", show_default=False)]
By = Annotated[str | None, typer.Option("--as", help="Administrator who does it; none: the session's user.")]


@app.command()
def add(
    context: typer.Context,
    name: UserName,
    role: Annotated[list[str], typer.Option(help="author, checker, publisher, auditor, admin; repeat it.")],
    full_name: Annotated[str, typer.Option(help="As it is written.")] = "",
    password: Annotated[bool, typer.Option("--password", help="Ask for a password, for the review desk.")] = False,
    by: By = None,
    json: AsJson = False,
) -> None:
    """Add a user, or give one other roles. The first user becomes an administrator, and gets a key at once."""
    from videogen.release.people.person import typed_name

    people = _people(context)
    first = people.users.is_empty()
    secret = _asked_password() if password else ""
    # Nobody is there yet who could vouch for the first one.
    person = typed_name(name) if first else people.operator(by)
    user = people.users.add(name, role, by=person, password=secret, full_name=full_name)
    path = people.make_key(user, by=person) if first else None
    if json:
        print_json(_plain(user) | {"key": str(path) if path else None})
        return
    say(f"{user.name}: {', '.join(user.roles)}")
    if path is not None:
        say(f"the key that {user.name} decides with is {path}; only its owner can read it")
    else:
        say(f"next: {user.name} needs a key to decide on the command line: `videogen users key {user.name}`")


@app.command("list")
def list_users(context: typer.Context, json: AsJson = False) -> None:
    """Everybody, with roles, keys and state."""
    users = _people(context).users.all()
    if json:
        print_json([_plain(user) for user in users])
        return
    if not users:
        say("no users: whoever sits here decides, by a typed name; begin with `videogen users add NAME --role admin`")
        return
    rows = [
        (
            user.name,
            user.full_name,
            ", ".join(user.roles),
            sum(key.retired_at is None for key in user.keys),
            "yes" if user.password else "no",
            "disabled" if user.disabled else "",
        )
        for user in users
    ]
    show(table(("user", "name", "roles", "keys", "password", "state"), rows))


@app.command()
def disable(context: typer.Context, name: UserName, by: By = None) -> None:
    """Take all rights from a user; what they have decided stays."""
    people = _people(context)
    people.users.disable(name, by=people.operator(by))
    say(f"{name} is disabled")


@app.command()
def passwd(context: typer.Context, name: UserName, by: By = None) -> None:
    """Give a user another password for the review desk: it is asked for, or read from stdin."""
    people = _people(context)
    people.users.set_password(name, _asked_password(), by=people.operator(by))
    say(f"the password of {name} is changed")


@app.command()
def key(
    context: typer.Context,
    name: UserName,
    public: Annotated[
        str | None, typer.Option(help="Register this public key (64 hexadecimal digits) of another machine instead.")
    ] = None,
    only_make: Annotated[
        bool, typer.Option("--only-make", help="Make the key here and print its public half, for --public elsewhere.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="The user's other keys count no more.")] = False,
    by: By = None,
) -> None:
    """Make a key for a user on this machine and register it; prints the file of the private key."""
    from videogen.errors import InputError
    from videogen.release.people.keys import make_key

    people = _people(context)
    if only_make:
        write(make_key(people.key_path(people.users.get(name).name)).public.hex())
        return
    person = people.operator(by)
    if public is None:
        if replace:
            people.key_path(name).unlink(missing_ok=True)
        write(people.make_key(people.users.get(name), by=person, replace=replace))
        return
    try:
        raw = bytes.fromhex(public)
    except ValueError as error:
        raise InputError("--public is not hexadecimal", remedy="64 digits of 0-9 and a-f") from error
    people.users.add_key(name, raw, by=person, replace=replace)
    say(f"the key is registered for {name}")


@app.command()
def log(
    context: typer.Context,
    about: Annotated[str | None, typer.Option(help="Only lines about this video, briefing or user.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Check the whole chain; exit code 1: it is broken.")] = False,
    json: AsJson = False,
) -> None:
    """What people did, line by line; --check says whether anything was changed, removed or cut off."""
    people = _people(context)
    if check:
        _check(context, people, json)
        return
    lines = list(people.log.lines(about))
    if json:
        print_json([line.model_dump(mode="json") for line in lines])
        return
    rows = [
        (line.sequence, f"{line.at:%Y-%m-%d %H:%M:%S}", line.event, line.by, line.about, line.details.get("action", ""))
        for line in lines
    ]
    show(table(("line", "when (UTC)", "event", "by", "about", "decision"), rows))


def _check(context: typer.Context, people: People, as_json: bool) -> None:
    from videogen.release.published import records

    config = project(context).config
    heads = [record.provenance.log_head for record in records(config.path(config.paths.published))]
    found = people.log.check(known_heads=[head for head in heads if head])
    if as_json:
        print_json(found.model_dump(mode="json"))
    for fault in () if as_json else found.faults:
        say(fault)
    if found.faults:
        raise typer.Exit(1)
    if not as_json:
        say(f"{found.lines} lines, nothing was changed, removed or cut off; head {found.head or 'none'}")


def _asked_password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    answer: str = typer.prompt("password", hide_input=True, confirmation_prompt=True)
    return answer


def _plain(user: User) -> dict[str, object]:
    return user.model_dump(mode="json", exclude={"password"}) | {"has_password": bool(user.password)}


def _people(context: typer.Context) -> People:
    from videogen.release.people.people import People

    return People.of(project(context).config)
