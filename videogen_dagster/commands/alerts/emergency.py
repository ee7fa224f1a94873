"""`videogen emergency`: the emergency mode by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from videogen_dagster.commands.common import AsJson, project
from videogen_dagster.output import print_json, say

if TYPE_CHECKING:
    from videogen.emergency.manager import EmergencyModeManager
    from videogen.emergency.mode import EmergencyState

app = typer.Typer(no_args_is_help=True, help="The emergency mode: other work gives way while it lasts.")


@app.command("on")
def switch_on(
    context: typer.Context,
    level: Annotated[int, typer.Option(min=1, max=1000, help="Work of a lower priority waits.")] = 100,
    minutes: Annotated[float | None, typer.Option(min=0.1, help="None: until it is switched off.")] = None,
    why: Annotated[str, typer.Option(help="For those who have to wait.")] = "",
    json: AsJson = False,
) -> None:
    """Switch it on by hand, e.g. before alerts are expected."""
    seconds = None if minutes is None else 60.0 * minutes
    _show(_manager(context).activate_emergency_mode(level, seconds=seconds, why=why), json)


@app.command("off")
def switch_off(context: typer.Context, json: AsJson = False) -> None:
    """Switch the emergency mode off, whoever holds it. Paused work continues."""
    _show(_manager(context).deactivate_emergency_mode(), json)


@app.command("status")
def mode_status(context: typer.Context, json: AsJson = False) -> None:
    """Whether it is on, since when, and for whom."""
    _show(_manager(context).mode.state(), json)


def _manager(context: typer.Context) -> EmergencyModeManager:
    from videogen.emergency.manager import EmergencyModeManager

    return EmergencyModeManager(project(context).config)


def _show(state: EmergencyState | None, as_json: bool) -> None:
    if as_json:
        print_json({"active": state is not None, **(state.model_dump(mode="json") if state else {})})
    elif state is None:
        say("the emergency mode is off")
    else:
        say(f"the emergency mode is on, level {state.level}, since {state.since:%Y-%m-%d %H:%M:%S} UTC")
        for holder in state.holders:
            until = f"until {holder.until:%H:%M:%S} UTC" if holder.until else "until it is given back"
            say(f"  {holder.who}, level {holder.level}, {until} {holder.why}".rstrip())
