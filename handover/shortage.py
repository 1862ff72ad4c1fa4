"""Which children compete for which workers when there is no room for all of them (contract §3).

Families with the same possible workers are one source of points; workers and teams are what they flow to. Where not
all of it arrives, the minimum cut is the group that is short (Hall's theorem). Families count as divisible here: a
group that is named is truly short, but where none is named whole families may still not fit.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import networkx as nx

from handover.caseload import family_points, team_bands, total_points, worker_bands
from handover.clearance import receiving_workers
from handover.engagement import Engagement, Family
from handover.why import Reasons

NAMED_AT_MOST = 6
"""How many people or children a sentence names before it counts the rest."""

Node: TypeAlias = tuple[str, str]
SOURCE: Node = ("source", "")
SINK: Node = ("sink", "")


@dataclass(frozen=True)
class Shortage:
    """A group that is short of room, or short of children.

    Of room: `families` have `least` points and can go to these workers and teams only, who may hold `most` together;
    no worker and no team: nobody may take them. Of children (no families): these workers and teams must hold `least`
    points and can be given `most`.
    """

    families: tuple[Family, ...]
    worker_ids: tuple[str, ...]
    team_ids: tuple[str, ...]
    least: int
    most: int
    why: str
    """The whole of it as a sentence."""

    @property
    def lacking(self) -> int:
        """Points without a place, or places without points."""
        return self.least - self.most


def shortages(engagement: Engagement, *, banded: bool) -> tuple[Shortage, ...]:
    """Groups that are short, the worst first: of room under `max_points`; `banded`: under the bands' high ends, or,
    where that is enough, of children for the low ends that must be held. §3."""
    reasons = Reasons(engagement, {})
    able = {f.family_id: reasons.able(f) for f in engagement.families}
    stranded = [] if banded else _stranded(engagement, [f for f in engagement.families if not able[f.family_id]])
    classes: dict[frozenset[str], list[Family]] = defaultdict(list)
    for family in engagement.families:
        if able[family.family_id]:
            classes[able[family.family_id]].append(family)
    groups = tuple(classes.values())
    graph = _possible(engagement, tuple(classes), groups)
    short = _room(graph, engagement, groups, banded=banded)
    if banded and not short:
        short = _children(graph, engagement)
    return tuple(sorted([*stranded, *short], key=lambda s: (-s.lacking, s.why)))


def _stranded(engagement: Engagement, families: Iterable[Family]) -> list[Shortage]:
    """Families that nobody may take, by the skills that are missing or for a rule."""
    skills = [set(w.skills) for w in receiving_workers(engagement)]
    found: dict[tuple[str, ...], list[Family]] = defaultdict(list)
    for family in families:
        needs = needs_of(family)
        nowhere = tuple(need for need in needs if not any(need in held for held in skills))
        together = () if any(set(needs) <= held for held in skills) else needs
        found[nowhere or together].append(family)
    short = []
    for missing, group in found.items():
        points = sum(family_points(f, engagement) for f in group)
        if not skills:
            reason = "no worker of the incoming teams may receive cases"
        elif missing:
            together_ = " together" if len(missing) > 1 else ""
            reason = f"no receiving worker has {_and(f'`{need}`' for need in missing)}{together_}"
        else:
            reason = "a rule bars every receiving worker with the skills they need"
        why = f"{_whom(group, engagement)} ({points} points) can go to nobody: {reason}."
        short.append(Shortage(tuple(group), (), (), points, 0, why))
    return short


def _possible(
    engagement: Engagement, able: Sequence[frozenset[str]], groups: Sequence[Sequence[Family]]
) -> "nx.DiGraph[Node]":
    """Points of each group of families to the workers who can take it, to their teams; nobody limited yet."""
    graph: nx.DiGraph[Node] = nx.DiGraph()
    graph.add_nodes_from((SOURCE, SINK))
    for number, (workers, group) in enumerate(zip(able, groups, strict=True)):
        node = ("class", str(number))
        graph.add_edge(SOURCE, node, capacity=sum(family_points(f, engagement) for f in group))
        graph.add_edges_from((node, ("worker", worker_id)) for worker_id in workers)
    return graph


def _room(
    graph: "nx.DiGraph[Node]", engagement: Engagement, groups: Sequence[Sequence[Family]], *, banded: bool
) -> list[Shortage]:
    """Groups of families with more points than the workers they can go to may hold."""
    everything = total_points(engagement)
    bands = worker_bands(engagement)
    limited = graph.copy()
    for worker in receiving_workers(engagement):
        most = everything if worker.max_points is None else worker.max_points
        most = bands[worker.worker_id].high if banded else most
        limited.add_edge(("worker", worker.worker_id), ("team", str(worker.team_id)), capacity=most)
    for team_id, band in team_bands(engagement).items():
        limited.add_edge(("team", team_id), SINK, capacity=band.high if banded else everything)
    found = []
    for together in _parts(limited, nx.descendants(_open(limited), SOURCE) - {SOURCE}):
        families = [f for kind, n in sorted(together) if kind == "class" for f in groups[int(n)]]
        cut = [(u, v) for u in together for v in limited.successors(u) if v not in together]
        workers, teams = _names(u for u, _ in cut)
        reached = {n for kind, n in together if kind == "worker"}
        only = len(reached) < len(bands)
        places = f"{_places(workers, teams)} only" if only else f"the {len(bands)} receiving workers"
        points = sum(family_points(f, engagement) for f in families)
        room = sum(limited.edges[edge]["capacity"] for edge in cut)
        within = " within their bands" if banded else ""
        why = (
            f"{_whom(families, engagement)} ({points} points) can go to {places}, who may hold {room} points"
            f"{within}: {points - room} too many."
        )
        found.append(Shortage(tuple(families), workers, teams, points, room, why))
    return found


def _children(graph: "nx.DiGraph[Node]", engagement: Engagement) -> list[Shortage]:
    """Teams, and workers under `worker_floor`, who must hold more points than can be given to them."""
    due = graph.copy()
    bands = worker_bands(engagement)
    team_due = {team_id: band.low for team_id, band in team_bands(engagement).items()}
    for worker in receiving_workers(engagement):
        node, team_id, band = ("worker", worker.worker_id), str(worker.team_id), bands[worker.worker_id]
        due.add_edge(node, SINK, capacity=band.floor)
        due.add_edge(node, ("team", team_id), capacity=max(0, band.high - band.floor))
        team_due[team_id] -= band.floor
    for team_id, least in team_due.items():
        due.add_edge(("team", team_id), SINK, capacity=max(0, least))
    found = []
    for together in _parts(due, nx.ancestors(_open(due), SINK)):
        held = [u for u in together if due.has_edge(u, SINK) and due.edges[u, SINK]["capacity"]]
        least = sum(due.edges[u, SINK]["capacity"] for u in held)
        most = sum(due.edges[u, v]["capacity"] for v in together for u in due.predecessors(v) if u not in together)
        workers, teams = _names(held)
        why = f"{_places(workers, teams)} must hold {least} points, and can be given {most} at most."
        found.append(Shortage((), workers, teams, least, most, _capital(why)))
    return found


def _open(graph: "nx.DiGraph[Node]") -> "nx.DiGraph[Node]":
    """What is left open by a maximum flow from source to sink."""
    flow = nx.algorithms.flow.preflow_push(graph, SOURCE, SINK)
    full = [(u, v) for u, v, edge in flow.edges(data=True) if edge["flow"] >= edge["capacity"]]
    flow.remove_edges_from(full)
    return flow


def _parts(graph: "nx.DiGraph[Node]", nodes: set[Node]) -> list[set[Node]]:
    """Groups of the nodes that have nothing to do with each other."""
    return [set(part) for part in nx.weakly_connected_components(graph.subgraph(nodes))]


def needs_of(family: Family) -> tuple[str, ...]:
    """Every skill that a sibling needs, in order."""
    return tuple(sorted({need for child in family.children for need in child.needs}))


def _names(nodes: Iterable[Node]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the workers and of the teams among nodes, in order."""
    there = sorted(set(nodes))
    return tuple(n for kind, n in there if kind == "worker"), tuple(n for kind, n in there if kind == "team")


def _whom(families: Sequence[Family], engagement: Engagement) -> str:
    children = [c.child_id for f in families for c in f.children]
    if len(children) == len(engagement.children):
        return f"All {len(children)} children"
    needs = set(needs_of(families[0])).intersection(*(needs_of(f) for f in families))
    if not needs or len(children) == 1:
        return _some(sorted(children))
    siblings = ", siblings included" if len(children) > len(families) else ""
    return f"{len(children)} children who need {_and(f'`{need}`' for need in sorted(needs))}{siblings}"


def _places(workers: Sequence[str], teams: Sequence[str]) -> str:
    of_teams = [f"team{'s' * (len(teams) > 1)} {_some(teams)}"] if teams else []
    return " and ".join([*([_some(workers)] if workers else []), *of_teams])


def _some(words: Sequence[str]) -> str:
    more = len(words) - NAMED_AT_MOST
    return f"{', '.join(words[:NAMED_AT_MOST])} and {more} more" if more > 0 else _and(words)


def _and(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
