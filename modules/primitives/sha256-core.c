/* SHA-256, HMAC and HKDF-Expand (sha256-core.h). The data meet no branch and no index. */
#include "sha256-core.h"
#include "wipe.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
	/* firmware is built for size; the compression function is worth its space, and scheduling would spill more of it */
	#pragma GCC optimize("O2", "no-schedule-insns")
#endif

/* FIPS 180-4 §4.2.2 */
static const uint32_t K[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

/* §5.3.3 */
static const uint32_t INITIAL[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static inline uint32_t rotr(uint32_t x, unsigned by) { return (x >> by) | (x << (32 - by)); }
/* §4.1.2 */
static inline uint32_t bigSigma0(uint32_t x) { return rotr(x, 2) ^ rotr(x, 13) ^ rotr(x, 22); }
static inline uint32_t bigSigma1(uint32_t x) { return rotr(x, 6) ^ rotr(x, 11) ^ rotr(x, 25); }
static inline uint32_t smallSigma0(uint32_t x) { return rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3); }
static inline uint32_t smallSigma1(uint32_t x) { return rotr(x, 17) ^ rotr(x, 19) ^ (x >> 10); }

static inline uint32_t load(const uint8_t* p)
{
	return ((uint32_t)p[0] << 24) | ((uint32_t)p[1] << 16) | ((uint32_t)p[2] << 8) | p[3];
}

static inline void store(uint8_t* p, uint32_t x)
{
	p[0] = (uint8_t)(x >> 24);
	p[1] = (uint8_t)(x >> 16);
	p[2] = (uint8_t)(x >> 8);
	p[3] = (uint8_t)x;
}

/*
 * §6.2.2, with the names rotated instead of the values. The majority of a, b, c is b ^ ((a ^ b) & (b ^ c)), and b ^ c is
 * the a ^ b of the round before. All of the schedule that is alive lies in variables, for the compiler to keep in registers
 * as far as it can.
 */
#define ROUND(a, b, c, d, e, f, g, h, w, i) do { \
	uint32_t t = h + bigSigma1(e) + (g ^ (e & (f ^ g))) + k[i] + w; \
	uint32_t ab = a ^ b; \
	d += t; \
	h = t + bigSigma0(a) + (b ^ (ab & bc)); \
	bc = ab; \
} while (0)
#define NEXT(w, minus2, minus7, minus15) w += smallSigma1(minus2) + minus7 + smallSigma0(minus15)

static void compress(uint32_t* hash, const uint8_t* block)
{
	uint32_t w0 = load(block), w1 = load(block + 4), w2 = load(block + 8), w3 = load(block + 12);
	uint32_t w4 = load(block + 16), w5 = load(block + 20), w6 = load(block + 24), w7 = load(block + 28);
	uint32_t w8 = load(block + 32), w9 = load(block + 36), w10 = load(block + 40), w11 = load(block + 44);
	uint32_t w12 = load(block + 48), w13 = load(block + 52), w14 = load(block + 56), w15 = load(block + 60);
	uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4], f = hash[5], g = hash[6], h = hash[7];
	uint32_t bc = b ^ c;
	const uint32_t* k = K;
	ROUND(a, b, c, d, e, f, g, h, w0, 0);
	ROUND(h, a, b, c, d, e, f, g, w1, 1);
	ROUND(g, h, a, b, c, d, e, f, w2, 2);
	ROUND(f, g, h, a, b, c, d, e, w3, 3);
	ROUND(e, f, g, h, a, b, c, d, w4, 4);
	ROUND(d, e, f, g, h, a, b, c, w5, 5);
	ROUND(c, d, e, f, g, h, a, b, w6, 6);
	ROUND(b, c, d, e, f, g, h, a, w7, 7);
	ROUND(a, b, c, d, e, f, g, h, w8, 8);
	ROUND(h, a, b, c, d, e, f, g, w9, 9);
	ROUND(g, h, a, b, c, d, e, f, w10, 10);
	ROUND(f, g, h, a, b, c, d, e, w11, 11);
	ROUND(e, f, g, h, a, b, c, d, w12, 12);
	ROUND(d, e, f, g, h, a, b, c, w13, 13);
	ROUND(c, d, e, f, g, h, a, b, w14, 14);
	ROUND(b, c, d, e, f, g, h, a, w15, 15);
	for (k += 16; k != K + 64; k += 16) {
		NEXT(w0, w14, w9, w1); ROUND(a, b, c, d, e, f, g, h, w0, 0);
		NEXT(w1, w15, w10, w2); ROUND(h, a, b, c, d, e, f, g, w1, 1);
		NEXT(w2, w0, w11, w3); ROUND(g, h, a, b, c, d, e, f, w2, 2);
		NEXT(w3, w1, w12, w4); ROUND(f, g, h, a, b, c, d, e, w3, 3);
		NEXT(w4, w2, w13, w5); ROUND(e, f, g, h, a, b, c, d, w4, 4);
		NEXT(w5, w3, w14, w6); ROUND(d, e, f, g, h, a, b, c, w5, 5);
		NEXT(w6, w4, w15, w7); ROUND(c, d, e, f, g, h, a, b, w6, 6);
		NEXT(w7, w5, w0, w8); ROUND(b, c, d, e, f, g, h, a, w7, 7);
		NEXT(w8, w6, w1, w9); ROUND(a, b, c, d, e, f, g, h, w8, 8);
		NEXT(w9, w7, w2, w10); ROUND(h, a, b, c, d, e, f, g, w9, 9);
		NEXT(w10, w8, w3, w11); ROUND(g, h, a, b, c, d, e, f, w10, 10);
		NEXT(w11, w9, w4, w12); ROUND(f, g, h, a, b, c, d, e, w11, 11);
		NEXT(w12, w10, w5, w13); ROUND(e, f, g, h, a, b, c, d, w12, 12);
		NEXT(w13, w11, w6, w14); ROUND(d, e, f, g, h, a, b, c, w13, 13);
		NEXT(w14, w12, w7, w15); ROUND(c, d, e, f, g, h, a, b, w14, 14);
		NEXT(w15, w13, w8, w0); ROUND(b, c, d, e, f, g, h, a, w15, 15);
	}
	hash[0] += a; hash[1] += b; hash[2] += c; hash[3] += d;
	hash[4] += e; hash[5] += f; hash[6] += g; hash[7] += h;
}

void sha256Begin(Sha256* state)
{
	memcpy(state->hash, INITIAL, sizeof(INITIAL));
	state->total = 0;
}

void sha256Update(Sha256* state, const uint8_t* data, size_t length)
{
	size_t filled = (size_t)(state->total % SHA256_BLOCK);
	state->total += length;
	if (filled) {
		size_t taken = SHA256_BLOCK - filled;
		if (taken > length)
			taken = length;
		memcpy(state->block + filled, data, taken);
		data += taken;
		length -= taken;
		if (filled + taken < SHA256_BLOCK)
			return;
		compress(state->hash, state->block);
	}
	for (; length >= SHA256_BLOCK; length -= SHA256_BLOCK, data += SHA256_BLOCK)
		compress(state->hash, data);
	if (length)
		memcpy(state->block, data, length);
}

void sha256End(Sha256* state, uint8_t* out)
{
	size_t filled = (size_t)(state->total % SHA256_BLOCK);
	uint64_t bits = state->total * 8;
	int i;
	/* §5.1.1: a one bit, zeros, and the length in bits */
	state->block[filled++] = 0x80;
	if (filled > SHA256_BLOCK - 8) {
		memset(state->block + filled, 0, SHA256_BLOCK - filled);
		compress(state->hash, state->block);
		filled = 0;
	}
	memset(state->block + filled, 0, SHA256_BLOCK - 8 - filled);
	store(state->block + SHA256_BLOCK - 8, (uint32_t)(bits >> 32));
	store(state->block + SHA256_BLOCK - 4, (uint32_t)bits);
	compress(state->hash, state->block);
	for (i = 0; i < 8; i++)
		store(out + 4 * i, state->hash[i]);
	loricaWipe(state, sizeof(*state));
}

void hmacBegin(HmacSha256* state, const uint8_t* key, size_t keyLength)
{
	uint8_t pad[SHA256_BLOCK];
	int i;
	memset(pad, 0, sizeof(pad));
	if (keyLength > SHA256_BLOCK) {
		sha256Begin(&state->inner);
		sha256Update(&state->inner, key, keyLength);
		sha256End(&state->inner, pad);
	}
	else if (keyLength)
		memcpy(pad, key, keyLength);
	for (i = 0; i < SHA256_BLOCK; i++)
		pad[i] ^= 0x5c;
	memcpy(state->outer, INITIAL, sizeof(INITIAL));
	compress(state->outer, pad);
	for (i = 0; i < SHA256_BLOCK; i++)
		pad[i] ^= 0x5c ^ 0x36;
	sha256Begin(&state->inner);
	compress(state->inner.hash, pad);
	state->inner.total = SHA256_BLOCK;
	loricaWipe(pad, sizeof(pad));
}

void hmacUpdate(HmacSha256* state, const uint8_t* data, size_t length)
{
	sha256Update(&state->inner, data, length);
}

void hmacEnd(HmacSha256* state, uint8_t* out)
{
	uint8_t digest[SHA256_LENGTH];
	sha256End(&state->inner, digest);
	memcpy(state->inner.hash, state->outer, sizeof(state->outer));
	state->inner.total = SHA256_BLOCK;
	sha256Update(&state->inner, digest, sizeof(digest));
	sha256End(&state->inner, out);
	loricaWipe(digest, sizeof(digest));
	loricaWipe(state->outer, sizeof(state->outer));
}

void hkdfExpand(uint8_t* out, size_t length, const uint8_t* prk, size_t prkLength, const uint8_t* info, size_t infoLength)
{
	HmacSha256 keyed, state;
	uint8_t block[SHA256_LENGTH];
	uint8_t counter = 1;
	hmacBegin(&keyed, prk, prkLength);
	while (length) {
		size_t taken = length < SHA256_LENGTH ? length : SHA256_LENGTH;
		state = keyed;
		if (counter > 1)
			hmacUpdate(&state, block, sizeof(block));
		hmacUpdate(&state, info, infoLength);
		hmacUpdate(&state, &counter, 1);
		hmacEnd(&state, block);
		memcpy(out, block, taken);
		out += taken;
		length -= taken;
		counter++;
	}
	loricaWipe(&keyed, sizeof(keyed));
	loricaWipe(block, sizeof(block));
}
