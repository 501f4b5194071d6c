/*
 * The primitives for XS (primitives-provider.ts): octets in, octets out, into buffers that TypeScript has made. Nothing
 * here allocates, so no pointer moves while a core works. Lengths are checked again: a wrong call from TypeScript must not
 * become a wrong write.
 *
 * Entropy: esp_fill_random on ESP32 (true randomness while the radio is on or the bootloader's noise source runs),
 * getrandom(2) on Linux; another machine gives its own by loricaMachineEntropy. Failure throws: a node without entropy
 * must stop.
 */
#include "xsmc.h"
#include "aead-core.h"
#include "sha256-core.h"
#include "wipe.h"

#define ENTROPY_MAX 256
#define HKDF_MAX (255 * SHA256_LENGTH)

#if defined(ESP32) || defined(ESP_PLATFORM)
	#include "esp_random.h"
	static int fillRandom(uint8_t* bytes, size_t length)
	{
		esp_fill_random(bytes, length);
		return 0;
	}
#elif defined(__linux__)
	#include <sys/random.h>
	static int fillRandom(uint8_t* bytes, size_t length)
	{
		/* up to 256 bytes come whole or not at all */
		return getrandom(bytes, length, 0) == (ssize_t)length ? 0 : -1;
	}
#else
	extern int loricaMachineEntropy(uint8_t* bytes, size_t length);
	#define fillRandom loricaMachineEntropy
#endif

typedef struct {
	uint8_t* bytes;
	xsUnsignedValue length;
} Octets;

#define READ(index) readable(the, &xsArg(index))
#define WRITE(index) writable(the, &xsArg(index))

static Octets readable(xsMachine* the, xsSlot* slot)
{
	void* bytes;
	Octets octets;
	xsmcGetBufferReadable(*slot, &bytes, &octets.length);
	octets.bytes = bytes;
	return octets;
}

static Octets writable(xsMachine* the, xsSlot* slot)
{
	void* bytes;
	Octets octets;
	xsmcGetBufferWritable(*slot, &bytes, &octets.length);
	octets.bytes = bytes;
	return octets;
}

static void require(xsMachine* the, int holds)
{
	if (!holds)
		xsRangeError("wrong length");
}

/* (out) */
void xs_primitives_entropy(xsMachine* the)
{
	Octets out = WRITE(0);
	require(the, out.length <= ENTROPY_MAX);
	if (fillRandom(out.bytes, out.length))
		xsUnknownError("this machine has no entropy to give");
}

/* (out, data) */
void xs_primitives_sha256(xsMachine* the)
{
	Octets out = WRITE(0), data = READ(1);
	Sha256 state;
	require(the, out.length == SHA256_LENGTH);
	sha256Begin(&state);
	sha256Update(&state, data.bytes, data.length);
	sha256End(&state, out.bytes);
}

/* (state): a fresh one */
void xs_primitives_sha256_begin(xsMachine* the)
{
	Octets out = WRITE(0);
	Sha256 state;
	require(the, out.length == sizeof(state));
	sha256Begin(&state);
	memcpy(out.bytes, &state, sizeof(state));
}

/* (state, data) */
void xs_primitives_sha256_update(xsMachine* the)
{
	Octets out = WRITE(0), data = READ(1);
	Sha256 state;
	require(the, out.length == sizeof(state));
	memcpy(&state, out.bytes, sizeof(state));
	sha256Update(&state, data.bytes, data.length);
	memcpy(out.bytes, &state, sizeof(state));
	loricaWipe(&state, sizeof(state));
}

/* (state, out): the state is wiped */
void xs_primitives_sha256_end(xsMachine* the)
{
	Octets at = WRITE(0), out = WRITE(1);
	Sha256 state;
	require(the, at.length == sizeof(state) && out.length == SHA256_LENGTH);
	memcpy(&state, at.bytes, sizeof(state));
	sha256End(&state, out.bytes);
	loricaWipe(at.bytes, at.length);
}

/* (out, key, data) */
void xs_primitives_hmac(xsMachine* the)
{
	Octets out = WRITE(0), key = READ(1), data = READ(2);
	HmacSha256 state;
	require(the, out.length == SHA256_LENGTH);
	hmacBegin(&state, key.bytes, key.length);
	hmacUpdate(&state, data.bytes, data.length);
	hmacEnd(&state, out.bytes);
}

/* (out, prk, info) */
void xs_primitives_expand(xsMachine* the)
{
	Octets out = WRITE(0), prk = READ(1), info = READ(2);
	require(the, out.length <= HKDF_MAX);
	hkdfExpand(out.bytes, out.length, prk.bytes, prk.length, info.bytes, info.length);
}

/* (out, key, nonce, associatedData, plaintext) */
void xs_primitives_seal(xsMachine* the)
{
	Octets out = WRITE(0), key = READ(1), nonce = READ(2), associated = READ(3), plaintext = READ(4);
	require(the, key.length == AEAD_KEY && nonce.length == AEAD_NONCE && out.length == plaintext.length + AEAD_TAG);
	aeadSeal(out.bytes, key.bytes, nonce.bytes, associated.bytes, associated.length, plaintext.bytes, plaintext.length);
}

/* (out, key, nonce, associatedData, sealed): whether it is authentic; else out is left alone */
void xs_primitives_open(xsMachine* the)
{
	Octets out = WRITE(0), key = READ(1), nonce = READ(2), associated = READ(3), sealed = READ(4);
	require(the, key.length == AEAD_KEY && nonce.length == AEAD_NONCE && sealed.length == out.length + AEAD_TAG);
	xsmcSetBoolean(xsResult,
		aeadOpen(out.bytes, key.bytes, nonce.bytes, associated.bytes, associated.length, sealed.bytes, out.length));
}

/* (a, b) */
void xs_primitives_equal(xsMachine* the)
{
	Octets a = READ(0), b = READ(1);
	require(the, a.length == b.length);
	xsmcSetBoolean(xsResult, equalConstantTime(a.bytes, b.bytes, a.length));
}
