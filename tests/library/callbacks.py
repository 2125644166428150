# SPDX-License-Identifier: MIT
"""What examples/callbacks decides: PROGRAM. Each guest is reckoned here once more, for what every stop would have cost."""
import subprocess
import sys

MEMORY, LINK, KAPPA, OVERHEAD = 4e9, 125e6, 10, 0.1
PLATEAU, DECLINE = (300e6, 1e9), (MEMORY, 0.4 * LINK)
CANNOT_KNOW = {"zero_share", "zero_share_first", "wire_ratio", "throttle", "vcpus", "downtime_limit", "other_pending",
               "expected_downtime", "rate_cap", "dirty_rate_reported", "paper_page_dirty_rate"}


def run(shape, guest, link=LINK):
    """The iterations as (t, bytes to send, answer), and the names of the features that were known."""
    words = [sys.argv[1], shape, *map(str, (MEMORY, *guest, link))]
    *rows, known = subprocess.check_output(words, text=True).splitlines()
    return [(float(t), float(left), int(answer)) for t, left, answer in map(str.split, rows)], set(known.split()[1:])


def costs(guest, last):
    """J of suspending before each iteration: time, and the blackout at its price."""
    working_set, rate = guest
    left, now = MEMORY, 0.0
    for _ in range(last + 20):
        yield now + (1 + KAPPA) * (left / LINK + OVERHEAD)
        seconds = left / LINK
        now, left = now + seconds, min(rate * seconds, working_set)


def check(shape):
    for name, guest in (("plateau", PLATEAU), ("decline", DECLINE)):
        rows, known = run(shape, guest)
        answers = [answer for _, _, answer in rows]
        stop = len(rows) - 1
        assert answers == [0] * stop + [1], (shape, name, answers)
        cost = list(costs(guest, stop))
        assert cost[stop] <= 1.1 * min(cost), (shape, name, stop, cost)
        assert not known & CANNOT_KNOW, (shape, name, known & CANNOT_KNOW)
        assert {"memory_total", "remaining", "page_transfer_rate", "working_set_size", "iteration"} <= known, known
    plateau, decline = (len(run(shape, guest)[0]) - 1 for guest in (PLATEAU, DECLINE))
    assert plateau <= 3 < decline, "a plateau ends at once, a decline is waited for"


def own_rules():
    """A link that tells nothing: the library has no answer, and each hypervisor's own rule is in force."""
    rows, _ = run("xen", PLATEAU, 0)
    assert [answer for *_, answer in rows] == [0] * 5 + [1], rows  # 5 iterations
    rows, _ = run("closure", PLATEAU, 0)
    assert not any(answer for *_, answer in rows), rows  # never without a rate
    rows, _ = run("closure", (0, 0))
    assert [answer for *_, answer in rows] == [0, 1], rows  # nothing left


for one in ("xen", "closure"):
    check(one)
own_rules()
