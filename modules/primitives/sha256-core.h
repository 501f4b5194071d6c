/* SHA-256 (FIPS 180-4), HMAC (RFC 2104) and HKDF-Expand (RFC 5869 §2.3) for any host: no XS, no allocation. */
#ifndef LORICA_SHA256_CORE_H
#define LORICA_SHA256_CORE_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_LENGTH 32
#define SHA256_BLOCK 64

typedef struct {
	uint32_t hash[8];
	uint64_t total;
	uint8_t block[SHA256_BLOCK];
} Sha256;

void sha256Begin(Sha256* state);
void sha256Update(Sha256* state, const uint8_t* data, size_t length);
/* Gives 32 octets and wipes the state. */
void sha256End(Sha256* state, uint8_t* out);

/* An HMAC under way: the hashes after the inner and the outer key block. */
typedef struct {
	Sha256 inner;
	uint32_t outer[8];
} HmacSha256;

void hmacBegin(HmacSha256* state, const uint8_t* key, size_t keyLength);
void hmacUpdate(HmacSha256* state, const uint8_t* data, size_t length);
/* Gives 32 octets and wipes the state. */
void hmacEnd(HmacSha256* state, uint8_t* out);

/* `length` octets, at most 255·32; info may not overlap out. */
void hkdfExpand(uint8_t* out, size_t length, const uint8_t* prk, size_t prkLength, const uint8_t* info, size_t infoLength);

#endif
