"""A second agent, small: speaks to the exchange from the specification alone (schema/spec/00 to 06), with Debian's
python3-zmq, python3-msgpack and python3-nacl. It keeps its ledger in memory, so it proves the protocol, not durability."""
import os
import struct
import sys
import time

import nacl.bindings as nb
import nacl.signing
import zmq
from zmq.utils import z85

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from xj_wire import D, H, ZERO12, Register, key_id, pack, read_keys, root_from_path, seal, tree_root, unpack, unseal, verify, \
    wrap_key

HELLO, WELCOME, SUBMIT, ANSWER, PAPER_PUT, NOTICE, STORED, DELIVER, FEED_GET, FEED, REGISTER_GET, REGISTER, PAPER_GET, \
    PAPER, REGISTER_PUT, REGISTERED, HEARTBEAT, PULSE = range(1, 19)


class Peer:
    def __init__(self, agency, keys_dir, anchor_path, endpoint):
        self.agency = agency
        keys = read_keys(os.path.join(keys_dir, "secret.keys"))
        self.sign = nacl.signing.SigningKey(keys["sign_seed"])
        self.seal_secret = keys["seal_secret"]
        self.seal_public = nb.crypto_scalarmult_base(self.seal_secret)
        self.transport = keys["transport_secret"]
        magic, root, entry, signature, exchanges = unpack(open(anchor_path, "rb").read())
        assert magic == "xianjie-anchor/1"
        self.register = Register(root)
        self.register.apply(entry, signature)
        self.endpoint, self.server = endpoint or exchanges[0][0], self.register.get("exchange", "exchange")["transport"]
        self.store, self.nonce = os.urandom(16), os.urandom(16)
        self.epoch = self.frames = self.number = self.mailbox = self.feed = 0
        self.previous = None
        self.mailbox_head = self.feed_head = self.register_head = 0
        self.refused = []
        self.answers, self.messages, self.notices, self.inbox, self.proofs = {}, {}, [], [], []
        self.leaves_size, self.head = 0, H(b"")
        self.context = zmq.Context()
        self.connect()

    def connect(self, ident=None):
        """`ident`: the routing id, which an agent leaves to ZeroMQ."""
        s = self.context.socket(zmq.DEALER)
        if ident:
            s.setsockopt(zmq.ROUTING_ID, ident)
        s.linger = 0
        s.curve_serverkey = z85.encode(self.server)
        s.curve_secretkey = z85.encode(self.transport)
        s.curve_publickey = z85.encode(nb.crypto_scalarmult_base(self.transport))
        s.connect(self.endpoint)
        self.socket = s

    def close(self):
        self.socket.close()
        self.context.term()

    def reconnect(self):
        """A new connection, as after a broken one: the exchange knows nothing of it before HELLO."""
        self.socket.close()
        self.connect()

    def frame(self, kind, *fields, epoch=None):
        self.frames += 1
        return pack([kind, 1, self.epoch if epoch is None else epoch, self.frames, *fields])

    def send(self, kind, *fields, epoch=None):
        self.socket.send(self.frame(kind, *fields, epoch=epoch))

    def recv(self, timeout=10):
        if not self.socket.poll(int(timeout * 1000)):
            raise TimeoutError("no frame from the exchange")
        frame = unpack(self.socket.recv())
        self.on_frame(frame)
        return frame

    def pump(self):
        """Handles what has come, and pulls the register if it has grown; waits for nothing else."""
        while self.socket.poll(0):
            self.recv()
        self.pull_register(self.register_head)

    def sync(self, timeout=20):
        """Asks for a paper that nobody has, and handles all frames up to the answer. The exchange takes frames in their order
        and says at once what is wrong with one, so whatever notice the frames before it were worth has come by then."""
        digest = os.urandom(32)
        self.send(PAPER_GET, digest)
        end = time.monotonic() + timeout
        while True:
            frame = self.recv(max(0.01, end - time.monotonic()))
            if frame[0] == PAPER and frame[4] == digest:
                assert frame[5] is None, "a paper nobody ever sent"
                return

    def until(self, condition, timeout=20):
        end = time.monotonic() + timeout
        while not condition():
            self.recv(max(0.01, end - time.monotonic()))

    def wait_for(self, kind, timeout=20):
        end = time.monotonic() + timeout
        while True:
            frame = self.recv(max(0.01, end - time.monotonic()))
            if frame[0] == kind:
                return frame

    def hello(self, credit=256):
        self.send(HELLO, self.store, self.nonce, self.epoch, self.leaves_size, self.head, self.number, self.previous,
                  self.mailbox, self.feed, self.register.number, credit, "xianjie-peer (Python)", epoch=0)
        welcome = self.wait_for(WELCOME)
        self.epoch = welcome[5]
        self.mailbox_head, self.feed_head, self.register_head = welcome[11:14]
        self.pull_register(self.register_head)
        return welcome

    def pull_register(self, head):
        while self.register.number < head:
            self.send(REGISTER_GET, self.register.number + 1)
            self.wait_for(REGISTER)

    def exchange_key(self, at=None):
        return self.register.get("exchange", "exchange", at)["sign"]

    # ---- incoming ----
    def on_frame(self, f):
        kind, fields = f[0], f[4:]
        if kind == ANSWER:
            for which, statement, signature in fields[0]:
                verify(self.exchange_key(), D("xianjie/1 admitted" if which == 1 else "xianjie/1 refused", statement), signature)
                st = unpack(statement)
                self.answers.setdefault(st[2] if which == 1 else st[3], []).append((which, statement, st))
                if which == 2:
                    self.refused.append(statement)
        elif kind == NOTICE:
            self.notices.append(fields)
        elif kind == PULSE:
            self.mailbox_head, self.feed_head, self.register_head = fields[1:4]
        elif kind == REGISTER:
            for entry, signature in fields[1]:
                if unpack(entry)[0] == self.register.number + 1:
                    self.register.apply(entry, signature)
        elif kind == DELIVER:
            self.on_deliver(fields[1])
        elif kind == FEED:
            for statement, signature, stored, stored_signature in fields[1]:
                self.on_feed(statement, signature, stored, stored_signature)

    def on_deliver(self, items):
        for _, _, statement, _ in items:  # first, as other frames may come meanwhile
            self.pull_register(unpack(statement)[3])
        leaves, first = [], self.mailbox + 1
        for number, message, statement, signature in items:
            if number != self.mailbox + 1:
                continue
            header, body, keys, message_signature = unpack(message)
            digest, st = D("xianjie/1 message", header), unpack(statement)
            verify(self.exchange_key(), D("xianjie/1 admitted", statement), signature)
            assert st[2] == digest
            sender = unpack(header)[9]
            verify(self.register.get("keys", sender, st[3])["sign"], digest, message_signature)
            self.inbox.append((number, unpack(header), self.open_body(header, body, keys) if body else None, st))
            leaves.append(H(b"\0" + struct.pack(">Q", number) + digest))
            self.mailbox = number
        if leaves:
            statement = pack([self.agency, first, self.mailbox, tree_root(leaves), self.leaves_size, self.head,
                              int(time.time() * 1000), self.register.number])
            self.send(STORED, statement, [0, self.sign.sign(D("xianjie/1 stored", statement)).signature], 256)

    def open_body(self, header, body, keys):
        h = unpack(header)
        sender_id, wraps = unpack(keys)
        sender = self.register.get("keys", h[9])["seal"]
        assert key_id(sender) == sender_id
        for digest, reader, kid, wrap in wraps:
            if digest == h[19] and reader == self.agency and kid == key_id(self.seal_public):
                k = wrap_key(self.seal_secret, sender, sender, self.seal_public, digest)
                key = nb.crypto_aead_chacha20poly1305_ietf_decrypt(wrap, None, ZERO12, k)
                return unpack(unseal("xianjie/1 body", body, key, h[20]))
        return None

    def on_feed(self, statement, signature, stored, stored_signature):
        verify(self.exchange_key(), D("xianjie/1 delivered", statement), signature)
        st = unpack(statement)
        assert st[0] == self.agency and st[1] == self.feed + 1
        self.feed = st[1]
        if stored is None:
            return
        assert D("xianjie/1 stored", stored) == st[5]
        s = unpack(stored)
        verify(self.register.get("keys", st[2])["sign"], D("xianjie/1 stored", stored), stored_signature)
        for digest, number, index, path in st[7]:
            if path is not None:
                leaf = H(b"\0" + struct.pack(">Q", number) + digest)
                assert root_from_path(leaf, index, s[2] - s[1] + 1, path) == s[3]
                self.proofs.append((digest, st[2]))

    # ---- outgoing ----
    def revision(self, procedure="referral"):
        """The one in force: the latest whose day has come."""
        now = time.time() * 1000
        return max((v["effective_from"], v["revision"]) for i, v in self.register.each("procedure").items()
                   if i.startswith(procedure + "/") and v["effective_from"] <= now)[1]

    def wraps(self, objects, readers):
        out = []
        for digest, key in objects:
            for reader in set(readers) | {self.agency}:
                k = self.register.get("keys", reader)
                for public in (k["seal"], k["recovery"]) if k else ():
                    w = nb.crypto_aead_chacha20poly1305_ietf_encrypt(
                        key, None, ZERO12, wrap_key(self.seal_secret, public, self.seal_public, public, digest))
                    out.append([digest, reader, key_id(public), w])
        return pack([key_id(self.seal_public), sorted(out, key=lambda e: (e[0], e[1].encode(), e[2]))])

    def build(self, act, to=(), papers=(), body=None, **over):
        """A message as (header list, sealed body, keys, papers to stage). `papers`: kinds, or (kind, content). `over` replaces
        header fields by number ("f6") or name."""
        names = {"version": 0, "suite": 1, "id": 2, "case": 3, "procedure": 4, "revision": 5, "tracks": 7, "answers": 8,
                 "sender": 9, "actor": 10, "joint": 12, "subjects": 13, "occurred": 14, "mode": 15, "refs": 17,
                 "relates": 18, "number": 22, "previous": 23}
        body = dict(body or {"approved_by": "某负责人", "drafted_by": "某承办人", "title": "外来客户端"})
        objects, listed, staged = [], [], []
        for kind in papers:
            kind, content = kind if isinstance(kind, tuple) else (kind, ("材料 " + kind).encode())
            psealed, pkey, pcommit = seal("xianjie/1 paper", content)
            digest = D("xianjie/1 paper", psealed)
            objects.append((digest, pkey))
            listed.append([kind, digest, len(psealed) - 16])
            staged.append((digest, psealed))
            body.setdefault("papers", []).append([digest, pcommit, kind + ".txt", "text/plain"])
        sealed, key, commit = seal("xianjie/1 body", pack(body))
        objects.insert(0, (D("xianjie/1 body", sealed), key))
        keys = self.wraps(objects, [a for a, r in to if r != "notice"])
        h = [1, 1, uuid7(), uuid7(), "referral", self.revision(), act, [], [], self.agency, None, [list(t) for t in to], [],
             [], None, "live", listed, [], [], objects[0][0], commit, D("xianjie/1 keys", keys), self.number + 1, self.previous]
        for name, value in over.items():
            h[names[name] if name in names else int(name[1:])] = value
        return h, sealed, keys, staged

    def raw(self, header_bytes, sealed, keys, key=None):
        digest = D("xianjie/1 message", header_bytes)
        return digest, pack([header_bytes, sealed, keys, [0, (key or self.sign).sign(digest).signature]])

    def enclose(self, built, stage=True, header=None, key=None):
        """Stages the papers of a built message and makes it ready for SUBMIT, as the next submission: (digest, message).
        `header`: these bytes instead of the built ones; `key`: signed with this key."""
        h, sealed, keys, staged = built
        for digest, data in staged if stage else ():
            self.send(PAPER_PUT, digest, data)
        digest, message = self.raw(pack(h) if header is None else header, sealed, keys, key)
        self.messages[digest] = message
        return digest, message

    def count(self, digest):
        """The exchange consumes the next number for this message."""
        self.number, self.previous = self.number + 1, digest

    def submit(self, built, stage=True, consume=True, header=None):
        digest, message = self.enclose(built, stage, header)
        self.send(SUBMIT, [message])
        if consume:
            self.count(digest)
        return digest

    def answer(self, digest, timeout=20):
        self.until(lambda: digest in self.answers, timeout)
        return self.answers[digest][-1]

    def pull_feed(self, head):
        while self.feed < head:
            self.send(FEED_GET, self.feed + 1)
            self.wait_for(FEED)


def uuid7():
    ms = int(time.time() * 1000)
    b = bytearray(struct.pack(">Q", ms)[2:] + os.urandom(10))
    b[6] = 0x70 | b[6] & 0x0F
    b[8] = 0x80 | b[8] & 0x3F
    return bytes(b)
