/*
 * What the Chebyshev kernels do with numbers modulo p (chebyshev-limbs.h), whichever way products are summed: Karatsuba
 * above the plain product, the last subtraction of a reduction, sums and differences. Squares gain nothing by Karatsuba,
 * and the reduction has no such shortcut for these primes.
 */
#include "chebyshev-limbs.h"

#if defined(__GNUC__) && !defined(__clang__)
	#pragma GCC optimize("O2")
#endif

/* r = |a − b|. Returns a mask: all ones where a < b. */
static Limb distance(Limb* r, const Limb* a, const Limb* b, size_t limbs)
{
	Limb borrow = 0, mask;
	size_t i;
	for (i = 0; i < limbs; i++) {
		Limb difference = a[i] - b[i];
		Limb under = a[i] < b[i];
		r[i] = difference - borrow;
		borrow = under | (difference < borrow);
	}
	mask = (Limb)0 - borrow;
	for (i = 0; i < limbs; i++) {
		Limb flipped = (r[i] ^ mask) + borrow;
		borrow = flipped < borrow;
		r[i] = flipped;
	}
	return mask;
}

/* *r = sum + add + more + *carry, with `over` already carried; hands on what passes the limb */
static inline void addThree(Limb* r, Limb sum, Limb over, Limb add, Limb more, Limb* carry)
{
	sum += add;
	over += sum < add;
	sum += more;
	over += sum < more;
	sum += *carry;
	over += sum < *carry;
	*carry = over;
	*r = sum;
}

/*
 * r = low + high·B² gains the middle, low + high ∓ d, at B = 2^(w·half): d is subtracted where mask is zero and added where
 * it is all ones. 4·half limbs in r, 2·half in d. With the quarters of r called r0 to r3 and the halves of d d0 and d1, r1
 * becomes r1 + r0 + r2 ∓ d0 and r2 becomes r2 + r1 + r3 ∓ d1, both at once, and what r1 carries is added in the end.
 */
static void combine(Limb* r, const Limb* d, Limb mask, size_t half)
{
	Limb flip = ~mask;
	Limb one = flip & 1;
	Limb carry1 = one, carry2 = 0;
	size_t i;
	/* −d as its complement and one */
	for (i = 0; i < half; i++) {
		Limb r1 = r[half + i], r2 = r[2 * half + i], sum, add;
		sum = r1 + r2;
		add = r[i];
		addThree(r + half + i, sum, sum < r1, add, d[i] ^ flip, &carry1);
		add = r[3 * half + i];
		addThree(r + 2 * half + i, sum, sum < r1, add, d[half + i] ^ flip, &carry2);
	}
	/* the complement brought a power too many, one place above the middle */
	carry2 -= one;
	for (i = 2 * half; i < 3 * half; i++) {
		r[i] += carry1;
		carry1 = r[i] < carry1;
	}
	carry2 += carry1;
	for (; i < 4 * half; i++) {
		r[i] += carry2;
		carry2 = r[i] < carry2;
	}
}

void chebyshevMultiply(Limb* r, const Limb* a, const Limb* b, ChebyshevWork* work)
{
	size_t limbs = work->field->limbs, half = limbs / 2;
	Limb* x = work->u.karatsuba.x;
	Limb* y = work->u.karatsuba.y;
	Limb* d = work->u.karatsuba.d;
	Limb sign = distance(x, a, a + half, half);
	sign ^= distance(y, b, b + half, half);
	chebyshevMultiplyPlain(r, a, b, half);
	chebyshevMultiplyPlain(r + limbs, a + half, b + half, half);
	chebyshevMultiplyPlain(d, x, y, half);
	combine(r, d, sign, half);
}

void chebyshevReduceNearly(Limb* r, Limb top, int excess, const ChebyshevField* field)
{
	size_t limbs = field->limbs, i;
	DoubleLimb high = ((DoubleLimb)top << CHEBYSHEV_LIMB_BITS) | r[limbs - 1];
	DoubleLimb above = (DoubleLimb)field->p[limbs - 1] + 1;
	DoubleLimb left = high;
	Limb multiple = 0, borrow = 0;
	int k;
	for (k = 0; k < excess; k++) {
		left -= above;
		multiple += 1 - (Limb)(left >> (2 * CHEBYSHEV_LIMB_BITS - 1));
	}
	for (i = 0; i < limbs; i++) {
		DoubleLimb product = (DoubleLimb)field->p[i] * multiple + borrow;
		Limb low = (Limb)product, a = r[i];
		borrow = (Limb)(product >> CHEBYSHEV_LIMB_BITS) + (a < low);
		r[i] = a - low;
	}
}

void chebyshevNormalize(Limb* r, const ChebyshevField* field)
{
	Limb borrow = 0, carry = 0, mask;
	size_t i;
	for (i = 0; i < field->limbs; i++) {
		Limb p = field->p[i], a = r[i], under = a < p;
		a -= p;
		under |= a < borrow;
		r[i] = a - borrow;
		borrow = under;
	}
	/* it was below p: p comes back */
	mask = (Limb)0 - borrow;
	for (i = 0; i < field->limbs; i++) {
		Limb p = field->p[i] & mask, a = r[i] + carry, over = a < carry;
		a += p;
		carry = over | (a < p);
		r[i] = a;
	}
}

void chebyshevMontgomery(Limb* r, const Limb* a, const Limb* b, const Limb* addend, ChebyshevWork* work)
{
	if (a == b)
		chebyshevSquare(work->t[0], a, work);
	else
		chebyshevMultiply(work->t[0], a, b, work);
	/* p²/R + p, and p more where something is added, with p < 0.79 R */
	chebyshevReduce(r, work->t[0], 0, addend, addend ? 2 : 1, work);
}

void chebyshevAdd(Limb* r, const Limb* a, const Limb* b, const ChebyshevField* field)
{
	Limb carry = 0;
	size_t i;
	for (i = 0; i < field->limbs; i++) {
		Limb x = a[i] + carry, y = b[i], over = x < carry;
		x += y;
		carry = over | (x < y);
		r[i] = x;
	}
	/* a little above 2p at most */
	chebyshevReduceNearly(r, carry, 2, field);
}

void chebyshevSubtract(Limb* r, const Limb* a, const Limb* b, const ChebyshevField* field)
{
	Limb carry = 0, borrow = 0, below = 0;
	size_t i;
	/* a + 2p − b: positive, since b is below 2p */
	for (i = 0; i < field->limbs; i++) {
		Limb twice = (Limb)(field->p[i] << 1) | below, x = a[i] + carry, y = b[i], over = x < carry, under;
		below = field->p[i] >> (CHEBYSHEV_LIMB_BITS - 1);
		x += twice;
		carry = over | (x < twice);
		under = x < y;
		x -= y;
		under |= x < borrow;
		r[i] = x - borrow;
		borrow = under;
	}
	chebyshevReduceNearly(r, carry + below - borrow, 3, field);
}

void chebyshevHalfToBytes(uint8_t* x, const Limb* v, ChebyshevWork* work)
{
	Limb* plain = work->t[1];
	chebyshevMontgomery(plain, v, work->field->half, NULL, work);
	chebyshevNormalize(plain, work->field);
	chebyshevToBytes(x, plain, work->field->limbs);
}
