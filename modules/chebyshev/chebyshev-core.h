/*
 * The Chebyshev map over the two groups of protocol.md §1, for any host: no XS, no allocation, no I/O. Secrets meet no
 * branch, index or length, and every buffer that held one is wiped. Constant-time on machines whose multiplication is.
 *
 * `suite` is 1 (Cheb2048) or 2 (Cheb1536); a secret has 32 octets, a value chebyshevLength(suite), all big-endian.
 */
#ifndef CHEBYSHEV_CORE_H
#define CHEBYSHEV_CORE_H

#include <stddef.h>
#include <stdint.h>

#define CHEBYSHEV_SECRET_LENGTH 32

/* Returns 256 or 192; 0 for no suite. */
size_t chebyshevLength(int suite);

/* out = T_n(5), by a comb over a table. */
void chebyshevPublicValue(int suite, uint8_t* out, const uint8_t* secret);

/* out = T_n(T_12(x)), n secret. Returns 0, and leaves out alone, where x is not below p or T_12(x) = 1; else 1. */
int chebyshevSharedValue(int suite, uint8_t* out, const uint8_t* secret, const uint8_t* x);

/* Returns 1 where x is in the subgroup of the base and is not 1: x < p, Jacobi(x + 1) = -1, Jacobi(x - 1) = 1. */
int chebyshevIsMember(int suite, const uint8_t* x);

/* out = T_n(x) without any refusal; x is taken modulo p. For vectors and benches. */
void chebyshevEvaluate(int suite, uint8_t* out, const uint8_t* index, const uint8_t* x);

#endif
