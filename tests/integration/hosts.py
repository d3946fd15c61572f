"""Several hosts on one machine: each process of a city in a network namespace of its own, wired through a switch in between, whose
ports are cut. What is dropped there is dropped by the network: neither end is told, and the kernel's own TCP has to live with it."""
import subprocess

from proxy import DOWN, UP, Fault

PORT = 5670


class NotHere(Exception):
    """The machine does not let this be tried."""


class Namespace:
    """Held by a process of ours; gone with it, and it with us."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "sh", "-c", "ip link set lo up && echo up && exec cat"], stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if self.holder.stdout.readline() != "up\n":
            self.close()
            raise NotHere("no network namespace can be made: that needs root, and iproute2")
        self.pid = str(self.holder.pid)
        self.enter = ("nsenter", "-n", "-t", self.pid)

    def run(self, line):
        ran = subprocess.run([*self.enter, *line.split()], capture_output=True, text=True)
        if ran.returncode:
            raise NotHere("%s: %s" % (line, ran.stderr.strip()))

    def close(self):
        self.holder.stdin.close()
        self.holder.wait()
        self.holder.stdout.close()


class Hosts:
    """The exchange's host, one for each agent, and the switch. The n-th agent's cable: agent eth0 - a<n> switch x<n> - e<n> exchange."""

    cut_kinds = [Fault("silent"), Fault("link"), Fault("silent", (UP,)), Fault("silent", (DOWN,))]

    def __init__(self, names):
        self.cable = {n: i for i, n in enumerate(names, 1)}
        self.faults, self.spaces = {}, {}
        try:
            for name in ("switch", "exchange", *names):
                self.spaces[name] = Namespace()
            for name in names:
                self.wire(name)
        except BaseException:
            self.close()
            raise

    def wire(self, name):
        n, switch, exchange, agent = self.cable[name], self.spaces["switch"], self.spaces["exchange"], self.spaces[name]
        switch.run("ip link add a%d type veth peer name eth0 netns %s" % (n, agent.pid))
        switch.run("ip link add x%d type veth peer name e%d netns %s" % (n, n, exchange.pid))
        switch.run("ip link add name b%d type bridge" % n)
        for port in ("a", "x"):
            switch.run("ip link set dev %s%d master b%d" % (port, n, n))
        for port in ("a", "x", "b"):
            switch.run("ip link set dev %s%d up" % (port, n))
        for space, device, host in ((exchange, "e%d" % n, 1), (agent, "eth0", 2)):
            space.run("ip addr add 10.77.%d.%d/24 dev %s" % (n, host, device))
            space.run("ip link set dev %s up" % device)

    def endpoint(self, name):
        return "tcp://10.77.%d.1:%d" % (self.cable[name], PORT)

    def listen(self):
        return "tcp://0.0.0.0:%d" % PORT

    def enter(self, name):
        """What a command line begins with that runs on this host."""
        return self.spaces[name].enter

    def ports(self, name, ways):
        """The switch's ports by which frames of these ways leave it."""
        return [("x" if way == UP else "a") + str(self.cable[name]) for way in ways]

    def arm(self, name, fault, after):
        """Frames are not seen here: it begins at once."""
        del after
        switch = self.spaces["switch"]
        self.faults[name] = fault
        if fault.mode == "link":
            switch.run("ip link set dev a%d down" % self.cable[name])
        else:
            for port in self.ports(name, fault.ways):
                switch.run("tc qdisc add dev %s root bfifo limit 1" % port)  # room for no packet at all

    def is_struck(self, name):
        return name in self.faults

    def heal(self, name):
        fault, switch = self.faults.pop(name, None), self.spaces["switch"]
        if fault and fault.mode == "link":
            switch.run("ip link set dev a%d up" % self.cable[name])
        elif fault:
            for port in self.ports(name, fault.ways):
                switch.run("tc qdisc del dev %s root" % port)

    def close(self):
        for space in self.spaces.values():
            space.close()
