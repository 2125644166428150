# SPDX-License-Identifier: MIT
"""Two libvirt daemons on one machine, each a host of its own.

Each runs in one of the testbed's network namespaces and in a mount namespace where a folder of this run stands in for
libvirt's places in /etc, /var and /run. So the system's own libvirt, if there is one, is neither used nor touched, nothing
is left behind, and a daemon that is started again finds its guests.
"""
import os
import shutil
import subprocess
import time
import uuid

import host
import network
import qemu

DAEMON = "libvirtd"
CLIENT = "virsh"
START_LIMIT = 30.0  # s; the first start asks QEMU what it can do
ANSWER_LIMIT = 60.0  # s
PLACES = {"etc": "/etc/libvirt", "lib": "/var/lib/libvirt", "cache": "/var/cache/libvirt", "run": "/run"}
QEMU_CONF = """user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
"""
CLIENT_REQUESTS = 5  # that libvirtd works on at a time for one client: its own default


def obstacle():
    """Why no libvirt daemon can be run here, or None."""
    for program in (DAEMON, CLIENT):
        if shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is None:
            return f"no {program}: scripts/install-packages testbed"
    return None


class Daemon:
    """libvirtd on one of the hosts. Ends with the stack, its guests too."""

    def __init__(self, stack, net, part, folder, client_requests):
        self.net, self.part, self.client_requests = net, part, client_requests
        self.folder = os.path.join(folder, part)
        self.uri = f"qemu:///system?socket={self.folder}/sockets/libvirt-sock"
        self.process = None
        for place in (*PLACES, "sockets"):
            os.makedirs(os.path.join(self.folder, place))
        self._configure()
        stack.callback(self._end_guests)
        stack.callback(self.end)
        self.start()

    def _write(self, name, text):
        with open(os.path.join(self.folder, "etc", name), "w", encoding="utf-8") as file:
            file.write(text)

    def _configure(self):
        self._write("qemu.conf", QEMU_CONF)
        self._write("libvirtd.conf", f'unix_sock_dir = "{self.folder}/sockets"\nhost_uuid = "{uuid.uuid4()}"\n'
                                     'auth_unix_rw = "none"\nlog_level = 3\n'
                                     f'max_client_requests = {self.client_requests}\n')
        # Debian's libvirtd wants its package's user to exist even where it is told to use another one.
        for name, line in (("passwd", "libvirt-qemu:x:64055:64055::/nonexistent:/usr/sbin/nologin\n"),
                           ("group", "libvirt-qemu:x:64055:\n")):
            with open(os.path.join("/etc", name), encoding="utf-8") as file:
                known = file.read()
            self._write(name, known if line.split(":")[0] + ":" in known else known + line)

    def start(self):
        """Starts the daemon, for the first time or again."""
        mounts = ["mount --make-rprivate /"]
        for place, path in PLACES.items():
            mounts += [f"mkdir -p {path}", f"mount --bind {self.folder}/{place} {path}"]
        mounts += [f"mount --bind {self.folder}/etc/{name} /etc/{name}" for name in ("passwd", "group")]
        script = " && ".join([*mounts, f"exec {DAEMON} --config /etc/libvirt/libvirtd.conf --pid-file /run/libvirtd.pid"])
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = host.start(self.net.command(self.part, "unshare", "--mount", "sh", "-c", script),
                                      stdout=log, stderr=log)
        host.wait_for(self._answers, START_LIMIT, f"{self.part}: libvirtd answers")

    def _answers(self):
        if self.process.poll() is not None:
            raise host.Failure(f"{self.part}: libvirtd ended: {qemu.read(os.path.join(self.folder, 'log'))[-500:]}")
        return subprocess.run([CLIENT, "-q", "-c", self.uri, "list"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False).returncode == 0

    def end(self):
        """Ends the daemon; its guests run on, as they do under a real one."""
        if self.process is not None:
            host.end(self.process, 10.0)

    def crash(self):
        """Kills the daemon where it stands; its guests run on."""
        self.process.kill()
        self.process.wait()

    def _end_guests(self):
        for pid in host.run("ip", "netns", "pids", self.net.spaces[self.part]).split():
            subprocess.run(["kill", "-9", pid], check=False, stderr=subprocess.DEVNULL)

    def virsh(self, *words):
        """Runs virsh and returns what it said; Failure when that is an error."""
        return host.run(CLIENT, "-q", "-c", self.uri, *words, limit=ANSWER_LIMIT)

    def create(self, xml):
        """Starts a transient guest."""
        path = os.path.join(self.folder, "guest.xml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(xml)
        self.virsh("create", path)

    def state(self, name):
        """virsh's word for a guest's state; "" when there is none of that name."""
        done = subprocess.run([CLIENT, "-q", "-c", self.uri, "domstate", name], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, check=False)
        return done.stdout.strip()


class Hosts:
    """Both daemons; a migration goes from src to dst over the shaped link."""

    def __init__(self, stack, net, folder, client_requests=CLIENT_REQUESTS):
        self.src, self.dst = (Daemon(stack, net, part, folder, client_requests) for part in ("src", "dst"))

    def migrate(self, name, port=0):
        """Starts a live migration; the process ends with it."""
        address = f"tcp://{network.LINK_ADDRESS['dst']}" + (f":{port}" if port else "")
        return host.start([CLIENT, "-q", "-c", self.src.uri, "migrate", "--live", "--unsafe", name, self.dst.uri, address],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def domain(name, memory_mib, boot, devices="", tuning=""):
    """The XML of a small guest: `boot` is what stands in <os> beside the type, `tuning` in <cputune>."""
    return f"""<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>{memory_mib}</memory>
  <vcpu>1</vcpu>
  <cputune>{tuning}</cputune>
  <os><type arch='x86_64' machine='pc'>hvm</type>{boot}</os>
  <features><acpi/></features>
  <on_poweroff>destroy</on_poweroff><on_reboot>destroy</on_reboot><on_crash>destroy</on_crash>
  <devices>
    <emulator>{shutil.which('qemu-system-x86_64')}</emulator>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    {devices}
  </devices>
</domain>
"""


def linux(name, memory_mib, guest, image, program, log, tuning=""):
    """A guest of the testbed's own kind under libvirt."""
    words = guest.arguments(image, program)
    files = dict(zip(words[::2], words[1::2]))
    boot = (f"<kernel>{files['-kernel']}</kernel><initrd>{files['-initrd']}</initrd>"
            f"<cmdline>{files['-append']}</cmdline>")
    return domain(name, memory_mib, boot, f"<serial type='file'><source path='{log}'/></serial>", tuning)


def wait_for_boot(log, seconds):
    host.wait_for(lambda: qemu.LISTENS in qemu.read(log), seconds, "the guest boots", pause=0.1)
    time.sleep(0.5)
