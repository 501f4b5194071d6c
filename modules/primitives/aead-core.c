/* ChaCha20-Poly1305 and comparison (aead-core.h). Keys and data meet no branch and no index. */
#include "aead-core.h"
#include "wipe.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
	#pragma GCC optimize("O2")
#endif

#define BLOCK 64

static inline uint32_t rotl(uint32_t x, unsigned by) { return (x << by) | (x >> (32 - by)); }

static inline uint32_t load(const uint8_t* p)
{
	return p[0] | ((uint32_t)p[1] << 8) | ((uint32_t)p[2] << 16) | ((uint32_t)p[3] << 24);
}

static inline void store(uint8_t* p, uint32_t x)
{
	p[0] = (uint8_t)x;
	p[1] = (uint8_t)(x >> 8);
	p[2] = (uint8_t)(x >> 16);
	p[3] = (uint8_t)(x >> 24);
}

/* RFC 8439 §2.1 */
#define QUARTER(a, b, c, d) do { \
	a += b; d = rotl(d ^ a, 16); \
	c += d; b = rotl(b ^ c, 12); \
	a += b; d = rotl(d ^ a, 8); \
	c += d; b = rotl(b ^ c, 7); \
} while (0)

/* §2.3: constants, key, block counter, nonce */
static void chachaBegin(uint32_t* state, const uint8_t* key, const uint8_t* nonce)
{
	int i;
	state[0] = 0x61707865;
	state[1] = 0x3320646e;
	state[2] = 0x79622d32;
	state[3] = 0x6b206574;
	for (i = 0; i < 8; i++)
		state[4 + i] = load(key + 4 * i);
	state[12] = 0;
	for (i = 0; i < 3; i++)
		state[13 + i] = load(nonce + 4 * i);
}

/* §2.3.1: one block of key stream; counts on */
static void chachaBlock(uint32_t* stream, uint32_t* state)
{
	uint32_t x0 = state[0], x1 = state[1], x2 = state[2], x3 = state[3], x4 = state[4], x5 = state[5], x6 = state[6], x7 = state[7];
	uint32_t x8 = state[8], x9 = state[9], x10 = state[10], x11 = state[11], x12 = state[12], x13 = state[13], x14 = state[14], x15 = state[15];
	int round;
	for (round = 0; round < 10; round++) {
		QUARTER(x0, x4, x8, x12);
		QUARTER(x1, x5, x9, x13);
		QUARTER(x2, x6, x10, x14);
		QUARTER(x3, x7, x11, x15);
		QUARTER(x0, x5, x10, x15);
		QUARTER(x1, x6, x11, x12);
		QUARTER(x2, x7, x8, x13);
		QUARTER(x3, x4, x9, x14);
	}
	stream[0] = x0 + state[0]; stream[1] = x1 + state[1]; stream[2] = x2 + state[2]; stream[3] = x3 + state[3];
	stream[4] = x4 + state[4]; stream[5] = x5 + state[5]; stream[6] = x6 + state[6]; stream[7] = x7 + state[7];
	stream[8] = x8 + state[8]; stream[9] = x9 + state[9]; stream[10] = x10 + state[10]; stream[11] = x11 + state[11];
	stream[12] = x12 + state[12]; stream[13] = x13 + state[13]; stream[14] = x14 + state[14]; stream[15] = x15 + state[15];
	state[12]++;
}

/* §2.4: out = in ⊕ key stream, counting from where the state stands */
static void chachaXor(uint8_t* out, const uint8_t* in, size_t length, uint32_t* state)
{
	uint32_t stream[BLOCK / 4];
	size_t i;
	for (; length >= BLOCK; length -= BLOCK, in += BLOCK, out += BLOCK) {
		chachaBlock(stream, state);
		for (i = 0; i < BLOCK / 4; i++)
			store(out + 4 * i, load(in + 4 * i) ^ stream[i]);
	}
	if (length) {
		chachaBlock(stream, state);
		for (i = 0; i < length; i++)
			out[i] = in[i] ^ (uint8_t)(stream[i / 4] >> (8 * (i % 4)));
	}
	loricaWipe(stream, sizeof(stream));
}

/*
 * Poly1305 (§2.5): h in four limbs of 32 bits and a small fifth. r is clamped, so its limbs are below 2^28 and, save the
 * first, divisible by 4: what passes 2^130 returns as 5/4 of them, and no sum of products passes 64 bits.
 */
typedef struct {
	uint32_t r[4];
	uint32_t h[5];
	uint32_t pad[4];
} Poly1305;

static void polyBegin(Poly1305* poly, const uint32_t* key)
{
	poly->r[0] = key[0] & 0x0fffffff;
	poly->r[1] = key[1] & 0x0ffffffc;
	poly->r[2] = key[2] & 0x0ffffffc;
	poly->r[3] = key[3] & 0x0ffffffc;
	memcpy(poly->pad, key + 4, sizeof(poly->pad));
	memset(poly->h, 0, sizeof(poly->h));
}

/* h = (h + block)·r, blocks of 16 octets with the bit 2^128 */
static void polyBlocks(Poly1305* poly, const uint8_t* data, size_t blocks)
{
	const uint32_t r0 = poly->r[0], r1 = poly->r[1], r2 = poly->r[2], r3 = poly->r[3];
	/* 5/4 of r: 2^130 ≡ 5 */
	const uint32_t s0 = (r0 >> 2) * 5, s1 = (r1 >> 2) + r1, s2 = (r2 >> 2) + r2, s3 = (r3 >> 2) + r3;
	uint32_t h0 = poly->h[0], h1 = poly->h[1], h2 = poly->h[2], h3 = poly->h[3], h4 = poly->h[4];
	for (; blocks; blocks--, data += 16) {
		uint64_t x0 = (uint64_t)h0 + load(data);
		uint64_t x1 = (uint64_t)h1 + load(data + 4) + (x0 >> 32);
		uint64_t x2 = (uint64_t)h2 + load(data + 8) + (x1 >> 32);
		uint64_t x3 = (uint64_t)h3 + load(data + 12) + (x2 >> 32);
		uint32_t y0 = (uint32_t)x0, y1 = (uint32_t)x1, y2 = (uint32_t)x2, y3 = (uint32_t)x3;
		uint32_t y4 = h4 + (uint32_t)(x3 >> 32) + 1; /* at most 5 */
		x0 = (uint64_t)y0 * r0 + (uint64_t)y1 * s3 + (uint64_t)y2 * s2 + (uint64_t)y3 * s1;
		x1 = (uint64_t)y0 * r1 + (uint64_t)y1 * r0 + (uint64_t)y2 * s3 + (uint64_t)y3 * s2;
		x2 = (uint64_t)y0 * r2 + (uint64_t)y1 * r1 + (uint64_t)y2 * r0 + (uint64_t)y3 * s3;
		x3 = (uint64_t)y0 * r3 + (uint64_t)y1 * r2 + (uint64_t)y2 * r1 + (uint64_t)y3 * r0;
		/* y4·2^128·r: limbs 1 to 3 of r bring 2^130·(r/4); r0's two low bits stay where they are */
		x0 += y4 * s0;
		x1 += y4 * s1;
		x2 += y4 * s2;
		x3 += y4 * s3;
		h4 = (r0 & 3) * y4;
		x1 += x0 >> 32;
		x2 += x1 >> 32;
		x3 += x2 >> 32;
		x0 = (uint32_t)x0;
		{
			/* h4 + the carry in units of 2^128: all from 2^130 upward returns five times */
			uint64_t top = (x3 >> 32) + h4;
			x0 += (top >> 2) * 5;
			h4 = (uint32_t)top & 3;
		}
		h0 = (uint32_t)x0;
		x1 = (uint64_t)(uint32_t)x1 + (x0 >> 32);
		h1 = (uint32_t)x1;
		x2 = (uint64_t)(uint32_t)x2 + (x1 >> 32);
		h2 = (uint32_t)x2;
		x3 = (uint64_t)(uint32_t)x3 + (x2 >> 32);
		h3 = (uint32_t)x3;
		h4 += (uint32_t)(x3 >> 32);
	}
	poly->h[0] = h0;
	poly->h[1] = h1;
	poly->h[2] = h2;
	poly->h[3] = h3;
	poly->h[4] = h4;
}

/* whole blocks, the last filled up with zeros (§2.8) */
static void polyPadded(Poly1305* poly, const uint8_t* data, size_t length)
{
	uint8_t last[16];
	polyBlocks(poly, data, length / 16);
	if (length % 16) {
		memset(last, 0, sizeof(last));
		memcpy(last, data + length / 16 * 16, length % 16);
		polyBlocks(poly, last, 1);
		loricaWipe(last, sizeof(last));
	}
}

/* (h mod 2^130 − 5) + s mod 2^128; wipes */
static void polyEnd(Poly1305* poly, uint8_t* tag)
{
	uint32_t* h = poly->h;
	uint64_t sum = 5, carry = 0;
	uint32_t mask;
	int i;
	/* h is below 2·(2^130 − 5): h + 5 passes 2^130 exactly where it is not below the modulus */
	for (i = 0; i < 4; i++)
		sum = (sum + h[i]) >> 32;
	mask = 0u - (uint32_t)((sum + h[4]) >> 2 != 0);
	carry = 5 & mask;
	for (i = 0; i < 4; i++) {
		carry += (uint64_t)h[i] + poly->pad[i];
		store(tag + 4 * i, (uint32_t)carry);
		carry >>= 32;
	}
	loricaWipe(poly, sizeof(*poly));
}

static void tagOf(uint8_t* tag, const uint8_t* associated, size_t associatedLength, const uint8_t* ciphertext, size_t length,
	const uint32_t* oneTimeKey)
{
	Poly1305 poly;
	uint8_t lengths[16];
	polyBegin(&poly, oneTimeKey);
	polyPadded(&poly, associated, associatedLength);
	polyPadded(&poly, ciphertext, length);
	store(lengths, (uint32_t)associatedLength);
	store(lengths + 4, (uint32_t)((uint64_t)associatedLength >> 32));
	store(lengths + 8, (uint32_t)length);
	store(lengths + 12, (uint32_t)((uint64_t)length >> 32));
	polyBlocks(&poly, lengths, 1);
	polyEnd(&poly, tag);
}

void aeadSeal(uint8_t* out, const uint8_t* key, const uint8_t* nonce, const uint8_t* associated, size_t associatedLength,
	const uint8_t* plaintext, size_t length)
{
	uint32_t state[16], oneTimeKey[16];
	chachaBegin(state, key, nonce);
	chachaBlock(oneTimeKey, state); /* §2.6 */
	chachaXor(out, plaintext, length, state);
	tagOf(out + length, associated, associatedLength, out, length, oneTimeKey);
	loricaWipe(state, sizeof(state));
	loricaWipe(oneTimeKey, sizeof(oneTimeKey));
}

int aeadOpen(uint8_t* out, const uint8_t* key, const uint8_t* nonce, const uint8_t* associated, size_t associatedLength,
	const uint8_t* sealed, size_t length)
{
	uint32_t state[16], oneTimeKey[16];
	uint8_t tag[AEAD_TAG];
	int authentic;
	chachaBegin(state, key, nonce);
	chachaBlock(oneTimeKey, state);
	tagOf(tag, associated, associatedLength, sealed, length, oneTimeKey);
	authentic = equalConstantTime(tag, sealed + length, AEAD_TAG);
	if (authentic)
		chachaXor(out, sealed, length, state);
	loricaWipe(state, sizeof(state));
	loricaWipe(oneTimeKey, sizeof(oneTimeKey));
	loricaWipe(tag, sizeof(tag));
	return authentic;
}

int equalConstantTime(const uint8_t* a, const uint8_t* b, size_t length)
{
	uint32_t difference = 0;
	size_t i;
	for (i = 0; i < length; i++)
		difference |= (uint32_t)(a[i] ^ b[i]);
	return (int)((difference - 1) >> 31);
}
