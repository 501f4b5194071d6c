"""Recomputes sessions.json from its inputs, with Python's standard library alone.

Written from the documents (modules/noise, modules/session and modules/pairing README.md, protocol.md, Noise revision
34, RFC 5869, RFC 8439) and not from the TypeScript. Not constant-time: for vectors only.

    python3 test/vectors/read_sessions.py [file, or - for standard input]
"""
import hashlib
import hmac as hmac_module
import json
import pathlib
import struct
import sys

# ---------------------------------------------------------------------------------------------------------------------
# Primitives


def sha256(data):
    return hashlib.sha256(data).digest()


def hmac(key, data):
    return hmac_module.new(key, data, hashlib.sha256).digest()


def expand(prk, info, length):
    block, out, i = b'', b'', 0
    while len(out) < length:
        i += 1
        block = hmac(prk, block + info + bytes([i]))
        out += block
    return out[:length]


def fields(*parts):
    return b''.join(struct.pack('>H', len(part)) + part for part in parts)


def label(secret, name, length, *context):
    return expand(secret, fields(b'lorica ' + name, *context), length)


def chacha20_block(key, counter, nonce):
    def quarter(s, a, b, c, d):
        for x, y, z, rotation in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            s[x] = (s[x] + s[y]) & 0xffffffff
            s[z] ^= s[x]
            s[z] = ((s[z] << rotation) | (s[z] >> (32 - rotation))) & 0xffffffff

    start = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574, *struct.unpack('<8L', key), counter, *struct.unpack('<3L', nonce)]
    s = list(start)
    for _ in range(10):
        for i in range(4):
            quarter(s, i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack('<16L', *((a + b) & 0xffffffff for a, b in zip(s, start)))


def seal(key, nonce, aad, plaintext):
    stream = b''.join(chacha20_block(key, 1 + i, nonce) for i in range((len(plaintext) + 63) // 64))
    ciphertext = bytes(a ^ b for a, b in zip(plaintext, stream))
    one_time = chacha20_block(key, 0, nonce)[:32]
    r = int.from_bytes(one_time[:16], 'little') & 0x0ffffffc0ffffffc0ffffffc0fffffff

    def padded(data):
        return data + bytes(-len(data) % 16)

    text = padded(aad) + padded(ciphertext) + struct.pack('<QQ', len(aad), len(ciphertext))
    total = 0
    for i in range(0, len(text), 16):
        total = (total + int.from_bytes(text[i:i + 16] + b'\1', 'little')) * r % ((1 << 130) - 5)
    tag = (total + int.from_bytes(one_time[16:], 'little')) & ((1 << 128) - 1)
    return ciphertext + tag.to_bytes(16, 'little')


def floor_pi(bits):
    """floor(2^bits * pi), by Machin's formula."""
    guard = bits + 64

    def arctan(x):
        total, term, n = 0, (1 << guard) // x, 1
        while term:
            total += term // n if n % 4 == 1 else -(term // n)
            term //= x * x
            n += 2
        return total

    return (16 * arctan(5) - 4 * arctan(239)) >> 64


class Group:
    def __init__(self, name, bits, offset):
        self.name, self.p, self.length = name, floor_pi(bits) + offset, (bits + 2) // 8

    def chebyshev(self, n, x):
        """T_n(x) mod p, from T_{2k} = 2 T_k^2 - 1 and T_{2k+1} = 2 T_k T_{k+1} - x."""
        a, b = 1, x
        for bit in bin(n)[2:]:
            if bit == '0':
                a, b = (2 * a * a - 1) % self.p, (2 * a * b - x) % self.p
            else:
                a, b = (2 * a * b - x) % self.p, (2 * b * b - 1) % self.p
        return a

    def public(self, secret):
        return self.chebyshev(int.from_bytes(secret, 'big'), 5).to_bytes(self.length, 'big')

    def shared(self, secret, public):
        y = self.chebyshev(12, int.from_bytes(public, 'big'))
        assert y != 1 and int.from_bytes(public, 'big') < self.p
        return self.chebyshev(int.from_bytes(secret, 'big'), y).to_bytes(self.length, 'big')


GROUPS = {1: Group('Cheb2048', 2046, 10656269657), 2: Group('Cheb1536', 1534, 21711106)}

# ---------------------------------------------------------------------------------------------------------------------
# Noise


class Symmetric:
    def __init__(self, pattern, group, prologue):
        name = f'Noise_{pattern}_{group.name}_ChaChaPoly_SHA256'.encode()
        self.h = self.ck = name.ljust(32, b'\0') if len(name) <= 32 else sha256(name)
        self.key, self.n = None, 0
        self.mix_hash(prologue)

    def mix_hash(self, data):
        self.h = sha256(self.h + data)

    def hkdf(self, ikm, count):
        keys = expand(hmac(self.ck, ikm), b'', 32 * count)
        return [keys[32 * i:32 * i + 32] for i in range(count)]

    def mix_key(self, ikm):
        self.ck, self.key = self.hkdf(ikm, 2)
        self.n = 0

    def mix_key_and_hash(self, ikm):
        self.ck, middle, key = self.hkdf(ikm, 3)
        self.mix_hash(middle)
        self.key, self.n = key, 0

    def write(self, plaintext):
        out = plaintext
        if self.key is not None:
            out = seal(self.key, bytes(4) + struct.pack('<Q', self.n), self.h, plaintext)
            self.n += 1
        self.mix_hash(out)
        return out

    def ephemeral(self, public):
        self.mix_hash(public)
        self.mix_key(public)
        return public


def session_keys(state):
    up, down, secret = state.hkdf(b'', 3)
    h = state.h
    return {
        'normal': {'tag': label(secret, b'tag up', 8, h), 'root': label(up, b'chain normal', 32)},
        'urgent': {'tag': label(secret, b'tag urgent', 8, h), 'root': label(up, b'chain urgent', 32)},
        'down': {'tag': label(secret, b'tag down', 8, h), 'root': down},
        'resumption': {'secret': secret, 'hash': h},
    }

# ---------------------------------------------------------------------------------------------------------------------
# What the file holds


def check(name, computed, stored):
    if isinstance(computed, dict):
        for key, value in computed.items():
            check(f'{name}.{key}', value, stored[key])
    elif computed.hex() != stored:
        sys.exit(f'{name} is not as computed')


def read(vector, *names):
    return [bytes.fromhex(vector[name]) for name in names]


def chain(vector):
    tag, root = read(vector, 'tag', 'root')
    for entry in vector['records']:
        block, position = entry['index'] >> 8, entry['index'] & 255
        key = root
        for _ in range(block):
            key = label(key, b'block', 64)[:32]
        key = label(key, b'block', 64)[32:]
        for _ in range(position):
            key = label(key, b'record', 76)[44:]
        out = label(key, b'record', 76)
        header = b'\1' + tag + struct.pack('>L', entry['index'])
        record = header + seal(out[:32], out[32:44], header, bytes.fromhex(entry['plaintext']))
        check(f'record {entry["index"]}', record, entry['record'])
    return len(vector['records'])


def offline(vector):
    secret, = read(vector, 'secret')
    normal, urgent = label(secret, b'offline', 72), label(secret, b'offline urgent', 40)
    check('offline', {
        'normal': {'root': normal[:32], 'tag': normal[32:40]}, 'urgent': {'root': urgent[:32], 'tag': urgent[32:]}, 'next': normal[40:]
    }, vector)


def session(name, vector):
    group = GROUPS[vector['suite']]
    psk_secret, node_e, center_e, x = read(vector, 'enrolmentPsk', 'nodeEphemeral', 'centerEphemeral', 'x')
    node, center = bytes.fromhex(vector['node']['secretKey']), bytes.fromhex(vector['center']['secretKey'])
    center_public, payloads = group.public(center), [bytes.fromhex(payload) for payload in vector['payloads']]
    header = b'\x10' + bytes([vector['suite']]) + sha256(center_public)[:8]
    state = Symmetric('XKpsk3', group, b'lorica/1' + header)
    state.mix_hash(center_public)

    first = state.ephemeral(group.public(node_e))
    state.mix_key(group.shared(node_e, center_public))
    first += state.write(payloads[0])
    sid = state.h

    second = state.ephemeral(group.public(center_e))
    state.mix_key(group.shared(center_e, group.public(node_e)))
    second += state.write(payloads[1])

    third = state.write(group.public(node))
    state.mix_key(group.shared(node, group.public(center_e)))
    prk = hmac(sid, psk_secret + (x or bytes(32)))
    state.mix_key_and_hash(label(prk, b'psk', 32, bytes([vector['suite']]), bytes([vector['mode']])))
    third += state.write(payloads[2])

    for i, message in enumerate((header + first, b'\x11' + sid[:8] + second, b'\x12' + sid[:8] + third)):
        check(f'{name}, message {i + 1}', message, vector['messages'][i])
    check(name, {'sid': sid, 'keys': session_keys(state)}, vector)


def resumption(name, vector):
    group = GROUPS[vector['suite']]
    secret, h, node_e, center_e, payload = read(vector, 'secret', 'hash', 'nodeEphemeral', 'centerEphemeral', 'payload')
    both = label(secret, b'resume', 48, h, struct.pack('>L', vector['attempt']))
    header = b'\x20' + bytes([vector['suite']]) + both[:16]
    state = Symmetric('NNpsk0', group, b'lorica/1' + header)
    state.mix_key_and_hash(both[16:])
    first = state.ephemeral(group.public(node_e)) + state.write(b'')
    second = state.ephemeral(group.public(center_e))
    state.mix_key(group.shared(center_e, group.public(node_e)))
    second += state.write(payload)
    for i, message in enumerate((header + first, b'\x21' + both[:16] + second)):
        check(f'{name}, message {i + 1}', message, vector['messages'][i])
    check(name, {'keys': session_keys(state)}, vector)


def pairing(name, vector):
    group = GROUPS[vector['suite']]
    secret, mac_key, identity, serial, gateway_id = read(vector, 'pairingSecret', 'macKey', 'identityKey', 'serial', 'gatewayId')
    gateway_e, node_e, enrolment, answer = read(vector, 'gatewayEphemeral', 'nodeEphemeral', 'enrolment', 'answer')
    gateway, node = bytes.fromhex(vector['gateway']['secretKey']), bytes.fromhex(vector['node']['secretKey'])
    gateway_public, node_public = group.public(gateway), group.public(node)
    counter, expiry = struct.pack('>L', vector['counter']), struct.pack('>Q', vector['expiryMs'])[2:]

    header = b'\x30\x01' + bytes([vector['suite']]) + counter + expiry + gateway_public
    state = Symmetric('XXpsk0', group, b'lorica/1' + header)
    state.mix_key_and_hash(label(secret, b'grant', 32, gateway_public, counter, expiry))
    first = state.ephemeral(group.public(gateway_e)) + state.write(b'')

    second = state.ephemeral(group.public(node_e))
    state.mix_key(group.shared(node_e, group.public(gateway_e)))
    second += state.write(node_public)
    state.mix_key(group.shared(node, group.public(gateway_e)))
    second += state.write(b'\xa2\x01\x48' + serial + b'\x02\x01')

    third = state.write(gateway_public)
    state.mix_key(group.shared(gateway, group.public(node_e)))
    third += state.write(b'\xa2\x01\x48' + gateway_id + b'\x02\x59' + struct.pack('>H', len(enrolment)) + enrolment)

    _, from_node, third_output = state.hkdf(b'', 3)
    bond = b'\xa2\x01\x58\x20' + identity + b'\x02\x59' + struct.pack('>H', len(answer)) + answer
    fourth = seal(from_node, bytes(12), b'\x33', bond)
    for i, message in enumerate((header + first, b'\x31' + second, b'\x32' + third, b'\x33' + fourth)):
        check(f'{name}, message {i + 1}', message, vector['messages'][i])
    check(name, {'linkKey': label(third_output, b'link key', 32, state.h)}, vector)

    body = enrolment[1:-32]
    check(f'{name}, MAC of the enrolment', hmac(mac_key, fields(b'lorica enrolment', serial, body)), enrolment[-32:].hex())
    version = struct.pack('>L', 2)
    mac = hmac(mac_key, fields(b'lorica answer', serial, bytes([1, vector['suite']]), node_public, gateway_public, version))
    check(f'{name}, MAC of the answer', mac, answer[-32:].hex())


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).with_name('sessions.json')
    vectors = json.load(sys.stdin) if path == '-' else json.loads(pathlib.Path(path).read_text())
    records = chain(vectors['chain'])
    offline(vectors['offline'])
    for kind, reader in (('sessions', session), ('resumptions', resumption), ('pairings', pairing)):
        for i, vector in enumerate(vectors[kind]):
            reader(f'{kind}[{i}]', vector)
    counts = ', '.join(f'{len(vectors[kind])} {kind}' for kind in ('sessions', 'resumptions', 'pairings'))
    print(f'{records} records, {counts}: all as computed')


if __name__ == '__main__':
    main()
