"""Peer: what a service does by hand.

The heaviest families first. A family stays with whoever holds it now if they stay and have room in their band; the
others then go, one by one, to the emptiest worker who may take them and has room, or to the emptiest when nobody has.
"""

from fractions import Fraction

from benchmarks.peers.question import NOBODY, Answer, Question, serve


def solve(question: Question, _seconds: float) -> Answer:
    """Go through the families twice: who can stay, then all others."""
    load = [0] * len(question.capacity)
    chosen = [NOBODY] * len(question.children)
    heaviest = sorted(range(len(chosen)), key=lambda f: -question.points[f])
    fair = [Fraction(share) for share in question.fair]

    def has_room(family: int, worker: int) -> bool:
        return load[worker] + question.points[family] <= question.high[worker]

    def give(family: int, worker: int) -> None:
        chosen[family] = worker
        load[worker] += question.points[family]

    for family in heaviest:
        holder = question.holder[family]
        if holder != NOBODY and question.eligible[family][holder] and has_room(family, holder):
            give(family, holder)
    for family in heaviest:
        if chosen[family] != NOBODY:
            continue
        points = question.points[family]
        able = [
            worker
            for worker, may in enumerate(question.eligible[family])
            if may and load[worker] + points <= question.capacity[worker]
        ]
        roomy = [worker for worker in able if has_room(family, worker)] or able
        if roomy:
            give(family, min(roomy, key=lambda worker: (load[worker] + points) / fair[worker]))
    return Answer(chosen)


if __name__ == "__main__":
    serve(solve)
