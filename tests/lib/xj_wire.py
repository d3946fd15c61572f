"""What a stranger needs of the specification in Python: canonical MessagePack with a strict decoder (01-encoding), digests,
signatures, sealing (02-trust), the register (06-register). Debian's python3-nacl only; written from schema/spec/ alone."""
import hashlib
import os
import struct

import msgpack
import nacl.bindings as nb
import nacl.exceptions
import nacl.signing

ZERO12 = bytes(12)


def H(data):
    return hashlib.sha256(data).digest()


def D(context, data):
    return H(context.encode() + b"\0" + data)


def pack(value):
    """Canonical MessagePack: map keys ascending by their encoded bytes (01-encoding, 1)."""
    if isinstance(value, dict):
        pairs = sorted((pack(k), pack(v)) for k, v in value.items())
        return msgpack.Packer().pack_map_header(len(pairs)) + b"".join(k + v for k, v in pairs)
    if isinstance(value, (list, tuple)):
        return msgpack.Packer().pack_array_header(len(value)) + b"".join(pack(v) for v in value)
    return msgpack.packb(value, use_bin_type=True)


class Malformed(ValueError):
    pass


class _Reader:
    """Accepts exactly the canonical form: what it reads packs to the same bytes."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, n):
        if self.at + n > len(self.data):
            raise Malformed("too short")
        self.at += n
        return self.data[self.at - n:self.at]

    def uint(self, n, least):
        v = int.from_bytes(self.take(n), "big")
        if v < least:
            raise Malformed("not the shortest form")
        return v

    def value(self, depth=0):
        if depth > 16:
            raise Malformed("nested too deep")
        b = self.take(1)[0]
        if b < 0x80:
            return b
        if b >= 0xe0:
            return b - 256
        if 0x80 <= b <= 0x8f:
            return self.map(b & 15, depth)
        if 0x90 <= b <= 0x9f:
            return self.array(b & 15, depth)
        if 0xa0 <= b <= 0xbf:
            return self.text(b & 31)
        simple = {0xc0: None, 0xc2: False, 0xc3: True}
        if b in simple:
            return simple[b]
        lengths = {0xc4: (1, 0), 0xc5: (2, 256), 0xc6: (4, 65536), 0xd9: (1, 32), 0xda: (2, 256), 0xdb: (4, 65536),
                   0xdc: (2, 16), 0xdd: (4, 65536), 0xde: (2, 16), 0xdf: (4, 65536)}
        if b in lengths:
            n = self.uint(*lengths[b])
            if b <= 0xc6:
                return bytes(self.take(n))
            return self.text(n) if b <= 0xdb else self.array(n, depth) if b <= 0xdd else self.map(n, depth)
        unsigned = {0xcc: (1, 128), 0xcd: (2, 256), 0xce: (4, 65536), 0xcf: (8, 2 ** 32)}
        if b in unsigned:
            return self.uint(*unsigned[b])
        signed = {0xd0: (1, -32), 0xd1: (2, -2 ** 7), 0xd2: (4, -2 ** 15), 0xd3: (8, -2 ** 31)}
        if b in signed:
            v = int.from_bytes(self.take(signed[b][0]), "big", signed=True)
            if v >= signed[b][1]:
                raise Malformed("not the shortest form")
            return v
        raise Malformed("type 0x%02x" % b)

    def text(self, n):
        try:
            text = self.take(n).decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("not UTF-8")
        if "\0" in text:  # no page allows it
            raise Malformed("NUL in a str")
        return text

    def array(self, n, depth):
        if n > len(self.data) - self.at:
            raise Malformed("count larger than what is left")
        return [self.value(depth + 1) for _ in range(n)]

    def map(self, n, depth):
        if 2 * n > len(self.data) - self.at:
            raise Malformed("count larger than what is left")
        out, last = {}, None
        for _ in range(n):
            start = self.at
            key = self.value(depth + 1)
            encoded = self.data[start:self.at]
            if last is not None and encoded <= last:
                raise Malformed("map keys do not ascend")
            last = encoded
            out[key] = self.value(depth + 1)
        return out


def unpack(data):
    """The one value of canonical MessagePack; anything else is Malformed."""
    r = _Reader(bytes(data))
    v = r.value()
    if r.at != len(r.data):
        raise Malformed("trailing bytes")
    return v


def read_keys(path):
    return dict((k.strip(), bytes.fromhex(v.strip())) for k, v in
                (line.split("=", 1) for line in open(path) if "=" in line and not line.startswith("#")))


# ---- RFC 6962 ----
def tree_root(leaves):
    if not leaves:
        return H(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return H(b"\1" + tree_root(leaves[:k]) + tree_root(leaves[k:]))


def root_from_path(leaf, index, size, path):
    at, left, last = leaf, index, size - 1
    for node in path:
        if last == 0:
            return None
        if left & 1 or left == last:
            at = H(b"\1" + node + at)
            while not left & 1 and left:
                left >>= 1
                last >>= 1
        else:
            at = H(b"\1" + at + node)
        left >>= 1
        last >>= 1
    return at if last == 0 else None


def verify(public, digest, signature):
    """02-trust, 3. Raises when the signature does not verify."""
    if signature[0] == 0:
        message, sig = digest, signature[1]
    else:
        _, index, size, path, sig = signature
        root = root_from_path(H(b"\0" + digest), index, size, path)
        if root is None:
            raise nacl.exceptions.BadSignatureError("the path has not the length that index and size give")
        message = D("xianjie/1 batch", root)
    nacl.signing.VerifyKey(public).verify(message, sig)


# ---- sealing ----
def size_class(n):
    k = 1
    while True:
        for base in (256, 384):
            if base * 2 ** k >= n + 36:
                return base * 2 ** k
        k += 1


def seal(context, plaintext):
    key, salt = os.urandom(32), os.urandom(32)
    inner = salt + struct.pack(">I", len(plaintext)) + plaintext
    inner += bytes(size_class(len(plaintext)) - len(inner))
    sealed = nb.crypto_aead_chacha20poly1305_ietf_encrypt(inner, context.encode(), ZERO12, key)
    return sealed, key, H(salt + plaintext)


def unseal(context, sealed, key, commit=None):
    inner = nb.crypto_aead_chacha20poly1305_ietf_decrypt(sealed, context.encode(), ZERO12, key)
    n = struct.unpack(">I", inner[32:36])[0]
    plaintext = inner[36:36 + n]
    assert len(plaintext) == n and not any(inner[36 + n:]), "padding"
    assert commit is None or H(inner[:32] + plaintext) == commit, "commit"
    return plaintext


def key_id(public):
    return H(public)[:8]


def wrap_key(own_secret, other, sender, reader, digest):
    return H(b"xianjie/1 wrap\0" + nb.crypto_scalarmult(own_secret, other) + sender + reader + digest)


class Register:
    """06-register: facts by (kind, id), latest entry first."""

    def __init__(self, root):
        self.root, self.number, self.digest, self.facts = root, 0, bytes(32), {}

    def apply(self, entry, signature):
        number, _, previous, changes = unpack(entry)
        assert number == self.number + 1 and previous == self.digest, "register chain"
        signer = self.root if number == 1 else self.facts[("registrar", "registrar")][-1][1]["sign"]
        if any(kind in ("exchange", "registrar", "root") for kind, _, _ in changes):
            signer = self.root
        digest = D("xianjie/1 register", entry)
        verify(signer, digest, signature)
        for kind, ident, value in changes:
            self.facts.setdefault((kind, ident), []).append((number, value))
        self.number, self.digest = number, digest

    def get(self, kind, ident, at=None):
        for number, value in reversed(self.facts.get((kind, ident), [])):
            if at is None or number <= at:
                return value
        return None

    def each(self, kind):
        return {i: v[-1][1] for (k, i), v in self.facts.items() if k == kind and v[-1][1] is not None}
