# SPDX-License-Identifier: MIT
"""The live comparison: the paper's five workloads and a steady writer, each ended in several ways, interleaved."""
import random

LINK = "1gbit"
GIVE_UP_S = 150
OPERATOR_LIMIT_MS = 300  # QEMU's default stays set; what we or a peer change of it is our doing
SIZES_MIB = (1024, 2048, 4096)
REPEATS = {1024: 2, 2048: 1, 4096: 1}
# Memory that the guest writes grows with the guest, as in the paper.
WORKLOADS = {"idle": "idle", "memtester": "memtester {third}", "stress": "stress {third} write64",
             "sysbench-cpu": "sysbench cpu 10000", "sysbench-memory": "sysbench memory 256M global",
             "writer-steady": "writer steady 300 max"}
OURS = "program:{precopyml} qmp --socket {socket} --json"
METHODS = {"qemu": "qemu", "auto-converge": "auto-converge",
           "vep248": "program:{peer} --socket {socket} --peer kubevirt-vep248", "ours": OURS,
           "ours-throttle": OURS + " --start {uri} --downtime-limit 300 --throttle-max 99"}


def cell(seed, repeat, ram, kind, method):
    identifier = f"live-{kind}-{ram}-{method}-{repeat}" + ("" if seed == 1 else f"-seed{seed}")
    # The same choices for all methods of a repeat: what differs is who decides.
    rng = random.Random(f"{seed} live {kind} {ram} {repeat}")
    return {"id": identifier, "split": "live", "class": kind, "method": method,
            "workload": WORKLOADS[kind].format(third=ram // 3), "ram_mib": ram, "vcpus": 1, "link": LINK,
            "decide": METHODS[method], "hold_ms": OPERATOR_LIMIT_MS, "give_up_s": GIVE_UP_S, "may_give_up": True,
            "warmup_s": round(rng.uniform(1.5, 3.0), 2), "seed": rng.randrange(1 << 31)}


def live(seed):
    """Small guests first, and every method of a workload right after the other: an early end leaves whole cells."""
    return [cell(seed, repeat, ram, kind, method) for ram in SIZES_MIB for repeat in range(1, REPEATS[ram] + 1)
            for kind in WORKLOADS for method in METHODS]
