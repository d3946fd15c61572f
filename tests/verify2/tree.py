"""The hash tree of a ledger, for the second verifier. Spec: 05-ledger, 3."""
from xj_wire import H


class Tree:
    """All complete subtrees of an RFC 6962 tree; the root at any size in a few steps."""

    def __init__(self):
        self.levels = [[]]

    def append(self, leaf):
        node, level = leaf, 0
        while True:
            if level == len(self.levels):
                self.levels.append([])
            row = self.levels[level]
            row.append(node)
            if len(row) % 2:
                return
            node, level = H(b"\1" + row[-2] + row[-1]), level + 1

    def size(self):
        return len(self.levels[0])

    def root_at(self, size):
        parts = [self.levels[i][(size >> i) - 1] for i in range(size.bit_length()) if size >> i & 1]
        if not parts:
            return H(b"")
        root = parts[0]
        for left in parts[1:]:
            root = H(b"\1" + left + root)
        return root
