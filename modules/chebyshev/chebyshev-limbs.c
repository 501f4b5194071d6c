/* The small change of the Chebyshev kernels: selection, comparison, octets, wiping, Jacobi symbols. */
#include "chebyshev-limbs.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
	#pragma GCC optimize("O2")
#endif

#define LIMB_BYTES (CHEBYSHEV_LIMB_BITS / 8)

void chebyshevSelect(Limb* r, const Limb* a, const Limb* b, Limb mask, size_t limbs)
{
	size_t i;
	for (i = 0; i < limbs; i++)
		r[i] = a[i] ^ ((a[i] ^ b[i]) & mask);
}

int chebyshevCompare(const Limb* a, const Limb* b, size_t limbs)
{
	while (limbs-- > 0) {
		if (a[limbs] != b[limbs])
			return a[limbs] < b[limbs] ? -1 : 1;
	}
	return 0;
}

void chebyshevFromBytes(Limb* r, const uint8_t* bytes, size_t limbs)
{
	size_t i, j;
	for (i = 0; i < limbs; i++) {
		const uint8_t* at = bytes + (limbs - 1 - i) * LIMB_BYTES;
		Limb limb = 0;
		for (j = 0; j < LIMB_BYTES; j++)
			limb = (Limb)(limb << 8) | at[j];
		r[i] = limb;
	}
}

void chebyshevToBytes(uint8_t* bytes, const Limb* a, size_t limbs)
{
	size_t i, j;
	for (i = 0; i < limbs; i++) {
		uint8_t* at = bytes + (limbs - 1 - i) * LIMB_BYTES;
		for (j = 0; j < LIMB_BYTES; j++)
			at[j] = (uint8_t)(a[i] >> (CHEBYSHEV_LIMB_BITS - 8 - 8 * j));
	}
}

void chebyshevWipe(void* memory, size_t size)
{
	memset(memory, 0, size);
#if defined(__GNUC__)
	__asm__ volatile("" : : "r"(memory) : "memory");
#endif
}

/* a ← a / 2^bits, bits below the limb's */
static void shiftRight(Limb* a, unsigned bits, size_t limbs)
{
	size_t i;
	for (i = 0; i + 1 < limbs; i++)
		a[i] = (a[i] >> bits) | (a[i + 1] << (CHEBYSHEV_LIMB_BITS - bits));
	a[limbs - 1] >>= bits;
}

/* a ← a without its factors of two; a is not 0. Returns how many there were. */
static unsigned makeOdd(Limb* a, size_t limbs)
{
	unsigned twos = 0, bits = 0;
	size_t whole = 0;
	while (a[whole] == 0)
		whole++;
	if (whole) {
		memmove(a, a + whole, (limbs - whole) * sizeof(Limb));
		memset(a + limbs - whole, 0, whole * sizeof(Limb));
		twos = (unsigned)whole * CHEBYSHEV_LIMB_BITS;
	}
#if defined(__GNUC__)
	bits = (unsigned)__builtin_ctzll(a[0]);
#else
	while (!((a[0] >> bits) & 1))
		bits++;
#endif
	if (bits)
		shiftRight(a, bits, limbs);
	return twos + bits;
}

static size_t lengthOf(const Limb* a, size_t limbs)
{
	while (limbs > 0 && a[limbs - 1] == 0)
		limbs--;
	return limbs;
}

/* Binary, by the laws of reciprocity and of the factor two. */
int chebyshevJacobi(Limb* a, const ChebyshevField* field)
{
	Limb copy[CHEBYSHEV_LIMBS_MAX];
	Limb* x = a;
	Limb* n = copy;
	size_t length = field->limbs, i;
	int symbol = 1;
	memcpy(copy, field->p, field->limbs * sizeof(Limb));
	for (;;) {
		Limb borrow = 0;
		size_t longest;
		longest = lengthOf(x, length);
		if (longest == 0 || (n[0] == 1 && lengthOf(n, length) == 1))
			break;
		if (makeOdd(x, longest) & 1) {
			Limb residue = n[0] & 7;
			if (residue == 3 || residue == 5)
				symbol = -symbol;
		}
		length = lengthOf(n, length);
		if (longest > length)
			length = longest;
		if (chebyshevCompare(x, n, length) < 0) {
			Limb* other = x;
			x = n;
			n = other;
			if ((x[0] & n[0] & 3) == 3)
				symbol = -symbol;
		}
		for (i = 0; i < length; i++) {
			Limb difference = x[i] - n[i];
			Limb under = x[i] < n[i];
			x[i] = difference - borrow;
			borrow = under | (difference < borrow);
		}
	}
	return lengthOf(n, length) == 1 && n[0] == 1 ? symbol : 0;
}
