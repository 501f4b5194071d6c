/*
 * Arithmetic of the Chebyshev kernels: numbers of 48 or 64 limbs of 32 bits, or half as many of 64 bits. Nothing here
 * branches, indexes or stops on anything but lengths, save chebyshevJacobi and chebyshevCompare, which are for public
 * values. No XS, no allocation.
 *
 * Montgomery form throughout, R = 2^2048 or 2^1536 (the bits of the group, whatever the limb). Numbers modulo p are kept
 * below p + p/2^28, "nearly reduced"; chebyshevNormalize makes them fully so.
 */
#ifndef CHEBYSHEV_LIMBS_H
#define CHEBYSHEV_LIMBS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__SIZEOF_INT128__) && UINTPTR_MAX > 0xffffffffu && !defined(CHEBYSHEV_LIMBS_32)
	#define CHEBYSHEV_LIMB_BITS 64
	typedef uint64_t Limb;
	__extension__ typedef unsigned __int128 DoubleLimb;
	/* constants are written as 32-bit words, the low one first */
	#define CHEBYSHEV_WORDS(low, high) (((uint64_t)(high) << 32) | (low))
#else
	#define CHEBYSHEV_LIMB_BITS 32
	typedef uint32_t Limb;
	typedef uint64_t DoubleLimb;
	#define CHEBYSHEV_WORDS(low, high) low, high
#endif

/* x86 has carry flags and few registers: rows instead of columns */
#if defined(CHEBYSHEV_ROWS)
	/* asked for, by a test */
#elif CHEBYSHEV_LIMB_BITS == 64 && defined(__x86_64__) && defined(__GNUC__)
	#define CHEBYSHEV_ROWS 1
#else
	#define CHEBYSHEV_ROWS 0
#endif

#define CHEBYSHEV_LIMBS_MAX (2048 / CHEBYSHEV_LIMB_BITS)

typedef struct {
	/* limbs of a number: a multiple of 8 */
	size_t limbs;
	const Limb* p;
	/* R² mod p */
	const Limb* rSquared;
	/* R, 2R and −2R mod p */
	const Limb* one;
	const Limb* two;
	const Limb* minusTwo;
	/* (p + 1) / 2, not in Montgomery form */
	const Limb* half;
	/* −p⁻¹ mod 2^CHEBYSHEV_LIMB_BITS */
	Limb negativeInverse;
} ChebyshevField;

/* Room for intermediate values, which its owner wipes when all is done; the functions below leave it dirty. */
typedef struct {
	const ChebyshevField* field;
	/* products of the callers */
	Limb t[3][2 * CHEBYSHEV_LIMBS_MAX];
	union {
		Limb quotient[CHEBYSHEV_LIMBS_MAX];
		struct {
			Limb x[CHEBYSHEV_LIMBS_MAX / 2];
			Limb y[CHEBYSHEV_LIMBS_MAX / 2];
			Limb d[CHEBYSHEV_LIMBS_MAX];
		} karatsuba;
	} u;
} ChebyshevWork;

/* r = a·b of `limbs` limbs each, a multiple of 4; r may be neither a nor b */
void chebyshevMultiplyPlain(Limb* r, const Limb* a, const Limb* b, size_t limbs);

/* r = a·b, 2n limbs; r may be neither a nor b */
void chebyshevMultiply(Limb* r, const Limb* a, const Limb* b, ChebyshevWork* work);

/* r = a², 2n limbs; r may not be a */
void chebyshevSquare(Limb* r, const Limb* a, ChebyshevWork* work);

/*
 * r = t / R + addend mod p. t has 2n limbs, with `top` above them, and may be destroyed; addend has n limbs and may be NULL.
 * What is left before
 * the last subtraction, (t + pR) / R + addend, must be below (excess + 1)·p, excess at most 7.
 */
void chebyshevReduce(Limb* r, Limb* t, Limb top, const Limb* addend, int excess, ChebyshevWork* work);

/*
 * (top, r), below (excess + 1)·p, less the multiple of p that its two highest limbs suggest, which is the right one or one
 * too few.
 */
void chebyshevReduceNearly(Limb* r, Limb top, int excess, const ChebyshevField* field);

/* r = a·b / R + addend mod p; addend may be NULL */
void chebyshevMontgomery(Limb* r, const Limb* a, const Limb* b, const Limb* addend, ChebyshevWork* work);

/* r = a + b and r = a − b mod p */
void chebyshevAdd(Limb* r, const Limb* a, const Limb* b, const ChebyshevField* field);
void chebyshevSubtract(Limb* r, const Limb* a, const Limb* b, const ChebyshevField* field);

/* r below p */
void chebyshevNormalize(Limb* r, const ChebyshevField* field);

/* r = a where mask is zero, b where it is all ones */
void chebyshevSelect(Limb* r, const Limb* a, const Limb* b, Limb mask, size_t limbs);

/* the octets of v / 2 out of Montgomery form; uses t[0] and t[1] */
void chebyshevHalfToBytes(uint8_t* bytes, const Limb* v, ChebyshevWork* work);

/* −1, 0 or 1. Not constant-time: public values only. */
int chebyshevCompare(const Limb* a, const Limb* b, size_t limbs);

/* The Jacobi symbol (a / p), destroying a. Not constant-time: public values only. */
int chebyshevJacobi(Limb* a, const ChebyshevField* field);

/* big-endian octets, as many as the field's numbers take */
void chebyshevFromBytes(Limb* r, const uint8_t* bytes, size_t limbs);
void chebyshevToBytes(uint8_t* bytes, const Limb* a, size_t limbs);

/* zeros that no optimiser takes away */
void chebyshevWipe(void* memory, size_t size);

#endif
