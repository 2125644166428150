# SPDX-License-Identifier: MIT
"""`precopyml libvirt` beside two real libvirt daemons: it decides, it outlives a restart, it loses a domain."""
import contextlib
import json
import os
import sys
import time

TESTBED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "testbed")
sys.dont_write_bytecode = True
sys.path.insert(0, TESTBED)
import cases  # noqa: E402
import host  # noqa: E402
import libvirt_hosts  # noqa: E402
import libvirt_watch  # noqa: E402
import network  # noqa: E402
import possible  # noqa: E402
import qemu  # noqa: E402
from cases import expect  # noqa: E402

OPERATOR_LIMIT = 300  # ms, libvirt's default
GUEST_GONE, FAILED = 15, 19
RAM = 256  # MiB
# Under QEMU 7.2's TCG the guest drops its translations now and then, or stores go unseen (testbed/README.md).
NEVER_CONVERGES = ("tick", "writer", "steady", "64", "max")


def boot(hosts, folder, name):
    log = os.path.join(folder, f"{name}.serial")
    hosts.src.create(libvirt_hosts.linux(name, RAM, qemu.Guest(), "base", NEVER_CONVERGES, log))
    libvirt_hosts.wait_for_boot(log, 40)


def lose(hosts, folder, precopyml, stack, name):
    """Destroys a domain that migrates; None when that crashed or stalled libvirtd, else the watch, which has ended, and its code."""
    boot(hosts, folder, name)
    watch = libvirt_watch.Watch(stack, folder, name, precopyml, hosts.src.uri, "--domain", name)
    migration = hosts.migrate(name)
    stack.callback(host.end, migration)
    watch.wait_for(lambda: "hold" in watch.actions(), 20, "the migration is followed")
    try:
        hosts.src.virsh("destroy", name)
    except host.Failure as failure:
        if hosts.src.process.poll() is None and not isinstance(failure, host.Stalled):
            raise
        watch.end()
        hosts.src.end()
        hosts.src.start()
        return None
    code = watch.process.wait(20)
    migration.wait(20)
    return watch, code


def vanishes(hosts, folder, precopyml, stack):
    """A domain that is destroyed while it migrates: said so, and the watch of one domain ends with its code."""
    ended = lose(hosts, folder, precopyml, stack, "lost")
    if ended is None:
        # libvirt 9.0 may crash there: qemuMigrationSrcRun() looks at the job of a domain that has gone meanwhile.
        print("      libvirtd crashed or stalled; once more")
        ended = lose(hosts, folder, precopyml, stack, "lost-again")
    expect(ended is not None, "libvirtd survives a domain's end", ended)
    watch, code = ended
    expect(code == GUEST_GONE, f"exit code {GUEST_GONE}", (code, watch.messages()))
    expect(watch.result() is not None and watch.result()["restored"], "nothing is left to be put back", watch.result())


def outlives(hosts, folder, precopyml, stack):
    """libvirtd is restarted during the watch of all domains; the next migration is decided, and its trace replays so."""
    boot(hosts, folder, "guest")
    record, metrics = os.path.join(folder, "traces"), os.path.join(folder, "metrics")
    watch = libvirt_watch.Watch(stack, folder, "outlives", precopyml, hosts.src.uri, "--all", "--record", record, "--metrics", metrics)
    watch.wait_for(lambda: "precopyml_connected 1" in qemu.read(metrics), 10, "it is connected")
    hosts.src.end()
    watch.wait_for(lambda: "is gone" in watch.messages(), 10, "it notices that libvirt is gone")
    hosts.src.start()
    watch.wait_for(lambda: "is back" in watch.messages(), 20, "it connects again")
    migration = hosts.migrate("guest")
    said, _ = migration.communicate(timeout=60)
    expect(migration.returncode == 0, "virsh migrated the guest", said)
    result = watch.wait_for(watch.result, 10, "a result")
    expect(result["exit"] == 0 and result["ended_by"] == "us" and result["restored"], "we ended the migration", result)
    expect(result["downtime_ms"] > 0 and result["downtime_source"] == "libvirt", "libvirt measured the downtime", result)
    expect(watch.actions()[0] == "hold" and "permit" in watch.actions(), "it holds and permits", watch.actions())
    expect(hosts.dst.state("guest") == "running", "the guest runs at the destination", hosts.dst.state("guest"))
    code = watch.end()
    expect(code == 0, "the watch ends well", (code, watch.messages()))
    figures = qemu.read(metrics)
    expect('precopyml_migrations_total{ended_by="us"} 1' in figures and "precopyml_connections_total 2" in figures and
           'precopyml_downtime_seconds{domain="guest"}' in figures, "the metrics tell of it", figures)

    traces = os.listdir(record)
    expect(len(traces) == 1, "one trace", traces)
    replay = host.run(precopyml, "replay", "--json", os.path.join(record, traces[0]))
    # The first one: the boundary after it may renew the permission before QEMU has used it.
    stop = next((line for line in watch.lines() if line.get("verdict") == "STOP"), None)
    again = json.loads(replay)["stop"]
    expect(again is not None and (again["t"], again["iteration"]) == (stop["t"], stop["iteration"]),
           f"the replay stops where the program did, {stop}", again)


def restores(hosts, folder, precopyml, stack):
    """SIGTERM while it holds QEMU off: the domain has its own maximum downtime again, and the migration goes on."""
    boot(hosts, folder, "held")
    watch = libvirt_watch.Watch(stack, folder, "restores", precopyml, hosts.src.uri, "--all", "--hard-max", "1")
    migration = hosts.migrate("held")
    stack.callback(host.end, migration)
    watch.wait_for(lambda: "hold" in watch.actions(), 20, "it holds QEMU off")
    held = int(hosts.src.virsh("migrate-getmaxdowntime", "held"))
    expect(held < OPERATOR_LIMIT, "a smaller maximum downtime", held)
    code = watch.end()
    limit = int(hosts.src.virsh("migrate-getmaxdowntime", "held"))
    expect(code == 0 and limit == OPERATOR_LIMIT, "the operator's maximum downtime", (code, limit, watch.messages()))
    expect(migration.poll() is None, "the migration goes on", migration.returncode)
    hosts.src.virsh("domjobabort", "held")
    migration.wait(20)
    hosts.src.virsh("destroy", "held")


def restarts(hosts, folder, precopyml, stack):
    """libvirtd is restarted, then crashes, while a migration is held: it is lost, the guest runs on with its own limit."""
    boot(hosts, folder, "orphan")
    own_limit = OPERATOR_LIMIT + 100  # neither libvirt's default nor QEMU's
    hosts.src.virsh("migrate-setmaxdowntime", "orphan", str(own_limit))
    for number, go in enumerate((hosts.src.end, hosts.src.crash)):
        watch = libvirt_watch.Watch(stack, folder, f"restarts{number}", precopyml, hosts.src.uri, "--all", "--hard-max", "1")
        migration = hosts.migrate("orphan")
        stack.callback(host.end, migration)
        watch.wait_for(lambda: "hold" in watch.actions(), 20, "it holds QEMU off")
        went = time.monotonic()
        go()
        watch.wait_for(lambda: "is gone" in watch.messages(), 10, "it notices that libvirt is gone")
        migration.wait(20)
        hosts.src.start()
        result = watch.wait_for(watch.result, 30, "a result")
        print(f"      {go.__name__}: result after {time.monotonic() - went:.1f} s: {result['message']}")
        expect((result["exit"], result["restored"]) == (FAILED, True), f"exit code {FAILED}", result)
        limit = int(hosts.src.virsh("migrate-getmaxdowntime", "orphan"))
        expect(limit == own_limit, "the operator's maximum downtime", limit)
        expect(hosts.src.state("orphan") == "running", "the guest runs at the source", hosts.src.state("orphan"))
        code = watch.end()
        expect(code == 0, "the watch ends well", (code, watch.messages()))
    hosts.src.virsh("destroy", "orphan")


def main():
    precopyml = os.path.abspath(sys.argv[1])
    reason = possible.obstacle() or libvirt_hosts.obstacle()
    if reason is None and libvirt_watch.built_without(precopyml):
        reason = "precopyml was built without libvirt"
    if reason is not None:
        print(reason)
        return host.SKIP
    host.raise_on_signals()
    host.sweep()  # guests of libvirt outlive a test that was killed
    with contextlib.ExitStack() as stack:
        folder = host.temporary_folder(stack)
        net = network.Network(stack)
        net.shape(1e9)
        hosts = libvirt_hosts.Hosts(stack, net, folder)
        return cases.run((outlives, restores, vanishes, restarts), hosts, folder, precopyml, stack)


if __name__ == "__main__":
    sys.exit(main())
