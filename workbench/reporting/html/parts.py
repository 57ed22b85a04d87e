"""What pages are made of: sections, tables, figures, commands to copy. All text is escaped here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from workbench.reporting.figures import Figure

Shown = Mapping[str, Figure]


@dataclass(frozen=True)
class Section:
    """A part of the page: its anchor, its word in the menu ("" for none), and its HTML."""

    name: str
    menu: str
    text: str


def figure(shown: Shown, name: str, title: str, more: str, told: str) -> str:
    """`told`: the figure in words, for someone who hears the page."""
    if name not in shown:
        return ""
    sideways = " sideways" if name == "parallel" else ""
    height = shown[name]["layout"]["height"]
    label = escape(f"{title}. {told}" if told else title)
    return (
        f"<figure><figcaption><b>{escape(title)}</b> {escape(more)}</figcaption>"
        f'<div class="plot{sideways}" data-figure="{escape(name)}" role="img" aria-label="{label}" '
        f'style="min-height:{height}px"></div></figure>'
    )


def figures_section(name: str, menu: str, title: str, drawn: Sequence[str]) -> Section | None:
    there = [figure for figure in drawn if figure]
    return section(name, menu, title, f'<div class="two">{"".join(there)}</div>') if there else None


def section(name: str, menu: str, title: str, text: str) -> Section:
    whole = f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">{escape(title)}</h2>{text}'
    return Section(name, menu, f"{whole}</section>\n")


def heads(names: Sequence[str], right: Sequence[int] = ()) -> str:
    return "".join(
        f'<th scope="col"{" class=number" if i in right else ""}>{escape(name)}</th>'
        for i, name in enumerate(names)
    )


def table(heads: str, body: str, about: str, *, plain: bool = False) -> str:
    kind = ' class="plain"' if plain else ""
    return (
        f'<div class="scroll" role="region" aria-label="{escape(about)}" tabindex="0"><table{kind}>'
        f"<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def command(text: str) -> str:
    return f'<div class="copied"><pre>{escape(text)}</pre></div>'
