/* ChaCha20-Poly1305 (RFC 8439 §2.8) for any host: no XS, no allocation. */
#ifndef LORICA_AEAD_CORE_H
#define LORICA_AEAD_CORE_H

#include <stddef.h>
#include <stdint.h>

#define AEAD_KEY 32
#define AEAD_NONCE 12
#define AEAD_TAG 16

/* out takes length + 16 octets; it may be where the plaintext is, or not overlap it. */
void aeadSeal(uint8_t* out, const uint8_t* key, const uint8_t* nonce, const uint8_t* associated, size_t associatedLength,
	const uint8_t* plaintext, size_t length);

/*
 * sealed has length + 16 octets, out takes length; it may be where sealed is, or not overlap it. Returns 1, or 0 with out
 * left alone where the tag does not hold.
 */
int aeadOpen(uint8_t* out, const uint8_t* key, const uint8_t* nonce, const uint8_t* associated, size_t associatedLength,
	const uint8_t* sealed, size_t length);

/* Returns 1 where both hold the same octets; the time tells nothing of where they differ. */
int equalConstantTime(const uint8_t* a, const uint8_t* b, size_t length);

#endif
