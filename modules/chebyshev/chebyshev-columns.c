/*
 * Products, squares and Montgomery reduction by columns (chebyshev-limbs.h), for machines with many registers and no carry
 * flag, such as RISC-V. Four columns are summed at a time: one limb of each operand is loaded for four products, and a
 * step costs what mul, mulhu and the carries cost.
 */
#include "chebyshev-limbs.h"

#if !CHEBYSHEV_ROWS

#if defined(__GNUC__) && !defined(__clang__)
	/* firmware is built for size, which would double the time here; rearranging would spill the sums */
	#pragma GCC optimize("O2", "no-schedule-insns", "no-tree-reassoc")
#endif
#if defined(__GNUC__)
	#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
	#define ALWAYS_INLINE static inline
#endif

/* three limbs that sum the products of one column: fewer than 2^8 of them */
typedef struct {
	Limb c0, c1, c2;
} Column;

/* c += a·b */
ALWAYS_INLINE void accumulate(Column* c, Limb a, Limb b)
{
	DoubleLimb product = (DoubleLimb)a * b;
	Limb low = (Limb)product;
	Limb high = (Limb)(product >> CHEBYSHEV_LIMB_BITS);
	c->c0 += low;
	high += c->c0 < low; /* no overflow: high is at most 2^w − 2 */
	c->c1 += high;
	c->c2 += c->c1 < high;
}

/* c += low + high·2^w */
ALWAYS_INLINE void addTwo(Column* c, Limb low, Limb high)
{
	Limb carry;
	c->c0 += low;
	carry = c->c0 < low;
	c->c1 += carry;
	c->c2 += c->c1 < carry;
	c->c1 += high;
	c->c2 += c->c1 < high;
}

ALWAYS_INLINE void addOne(Column* c, Limb low)
{
	Limb carry;
	c->c0 += low;
	carry = c->c0 < low;
	c->c1 += carry;
	c->c2 += c->c1 < carry;
}

ALWAYS_INLINE void doubleColumn(Column* c)
{
	c->c2 = (c->c2 << 1) | (c->c1 >> (CHEBYSHEV_LIMB_BITS - 1));
	c->c1 = (c->c1 << 1) | (c->c0 >> (CHEBYSHEV_LIMB_BITS - 1));
	c->c0 <<= 1;
}

/* Column t of four gains the sum of a[i]·b[t − i] over i < count, an even number; b[−count + 1] to b[3] are read. */
ALWAYS_INLINE void accumulateFour(Column* c, const Limb* a, const Limb* b, size_t count)
{
	Limb x, w0, w1 = b[1], w2 = b[2], w3 = b[3];
	const Limb* end = a + (count & ~(size_t)3);
	while (a != end) {
		x = a[0]; w0 = b[0];
		accumulate(&c[0], x, w0); accumulate(&c[1], x, w1); accumulate(&c[2], x, w2); accumulate(&c[3], x, w3);
		x = a[1]; w3 = b[-1];
		accumulate(&c[0], x, w3); accumulate(&c[1], x, w0); accumulate(&c[2], x, w1); accumulate(&c[3], x, w2);
		x = a[2]; w2 = b[-2];
		accumulate(&c[0], x, w2); accumulate(&c[1], x, w3); accumulate(&c[2], x, w0); accumulate(&c[3], x, w1);
		x = a[3]; w1 = b[-3];
		accumulate(&c[0], x, w1); accumulate(&c[1], x, w2); accumulate(&c[2], x, w3); accumulate(&c[3], x, w0);
		a += 4;
		b -= 4;
	}
	if (count & 2) {
		x = a[0]; w0 = b[0];
		accumulate(&c[0], x, w0); accumulate(&c[1], x, w1); accumulate(&c[2], x, w2); accumulate(&c[3], x, w3);
		x = a[1]; w3 = b[-1];
		accumulate(&c[0], x, w3); accumulate(&c[1], x, w0); accumulate(&c[2], x, w1); accumulate(&c[3], x, w2);
	}
}

/* The products of columns n + … whose second index would pass the top for the columns to the right. */
ALWAYS_INLINE void accumulateHead(Column* c, const Limb* a, const Limb* top)
{
	accumulate(&c[0], a[0], top[0]); accumulate(&c[0], a[1], top[-1]); accumulate(&c[0], a[2], top[-2]);
	accumulate(&c[1], a[1], top[0]); accumulate(&c[1], a[2], top[-1]);
	accumulate(&c[2], a[2], top[0]);
}

/* four columns that begin with these limbs */
ALWAYS_INLINE void begin(Column* c, Limb a, Limb b, Limb d, Limb e)
{
	c[0].c0 = a;
	c[1].c0 = b;
	c[2].c0 = d;
	c[3].c0 = e;
	c[0].c1 = c[1].c1 = c[2].c1 = c[3].c1 = 0;
	c[0].c2 = c[1].c2 = c[2].c2 = c[3].c2 = 0;
}

/* Stores one column together with what came from the one to its right; hands on what is above it. */
ALWAYS_INLINE void storeOne(Limb* r, Column* c, Column* carry)
{
	addTwo(c, carry->c1, carry->c2);
	*r = c->c0;
	*carry = *c;
}

ALWAYS_INLINE void store(Limb* r, Column* c, Column* carry)
{
	storeOne(r, &c[0], carry);
	storeOne(r + 1, &c[1], carry);
	storeOne(r + 2, &c[2], carry);
	storeOne(r + 3, &c[3], carry);
}

void chebyshevMultiplyPlain(Limb* r, const Limb* a, const Limb* b, size_t limbs)
{
	Column carry = { 0, 0, 0 };
	Column c[4];
	size_t k;
	for (k = 0; k < limbs; k += 4) {
		begin(c, 0, 0, 0, 0);
		accumulateFour(c, a, b + k, k);
		accumulate(&c[0], a[k], b[0]); accumulate(&c[1], a[k], b[1]); accumulate(&c[2], a[k], b[2]); accumulate(&c[3], a[k], b[3]);
		accumulate(&c[1], a[k + 1], b[0]); accumulate(&c[2], a[k + 1], b[1]); accumulate(&c[3], a[k + 1], b[2]);
		accumulate(&c[2], a[k + 2], b[0]); accumulate(&c[3], a[k + 2], b[1]);
		accumulate(&c[3], a[k + 3], b[0]);
		store(r + k, c, &carry);
	}
	for (; k < 2 * limbs; k += 4) {
		begin(c, 0, 0, 0, 0);
		accumulateHead(c, a + k - limbs + 1, b + limbs - 1);
		accumulateFour(c, a + k - limbs + 4, b + limbs - 4, 2 * limbs - 4 - k);
		store(r + k, c, &carry);
	}
}

/* Products of unequal limbs once, then doubled, then the squares of the limbs. */
void chebyshevSquare(Limb* r, const Limb* a, ChebyshevWork* work)
{
	size_t limbs = work->field->limbs;
	Column carry = { 0, 0, 0 };
	Column c[4];
	size_t k, h;
	for (k = 0; k < 2 * limbs; k += 4) {
		h = k / 2;
		begin(c, 0, 0, 0, 0);
		if (k < limbs)
			accumulateFour(c, a, a + k, h);
		else if (k < 2 * limbs - 4) {
			accumulateHead(c, a + k - limbs + 1, a + limbs - 1);
			accumulateFour(c, a + k - limbs + 4, a + limbs - 4, limbs - 4 - h);
		}
		if (k < 2 * limbs - 4) {
			accumulate(&c[1], a[h], a[h + 1]);
			accumulate(&c[2], a[h], a[h + 2]);
			accumulate(&c[3], a[h], a[h + 3]);
			accumulate(&c[3], a[h + 1], a[h + 2]);
		}
		else {
			accumulate(&c[0], a[h - 1], a[h + 1]);
			accumulate(&c[1], a[h], a[h + 1]);
		}
		doubleColumn(&c[0]);
		doubleColumn(&c[1]);
		doubleColumn(&c[2]);
		doubleColumn(&c[3]);
		accumulate(&c[0], a[h], a[h]);
		accumulate(&c[2], a[h + 1], a[h + 1]);
		store(r + k, c, &carry);
	}
}

/* A column of the lower half is complete: finds the multiple of p that clears it, and adds that. */
ALWAYS_INLINE void clearColumn(Limb* q, Column* c, Column* carry, const ChebyshevField* field)
{
	Limb high;
	addTwo(c, carry->c1, carry->c2);
	*q = c->c0 * field->negativeInverse;
	/* the low half of q·p[0] is −c0, so a carry comes unless both are 0 */
	high = (Limb)(((DoubleLimb)*q * field->p[0]) >> CHEBYSHEV_LIMB_BITS) + ((c->c0 | ((Limb)0 - c->c0)) >> (CHEBYSHEV_LIMB_BITS - 1));
	c->c1 += high;
	c->c2 += c->c1 < high;
	*carry = *c;
}

ALWAYS_INLINE void keepColumn(Limb* r, Column* c, Column* carry, Limb addend)
{
	addOne(c, addend);
	storeOne(r, c, carry);
}

void chebyshevReduce(Limb* r, Limb* t, Limb top, const Limb* addend, int excess, ChebyshevWork* work)
{
	static const Limb none[CHEBYSHEV_LIMBS_MAX];
	const ChebyshevField* field = work->field;
	const Limb* p = field->p;
	Limb* q = work->u.quotient;
	size_t limbs = field->limbs, k;
	Column carry = { 0, 0, 0 };
	Column c[4];
	for (k = 0; k < limbs; k += 4, t += 4) {
		begin(c, t[0], t[1], t[2], t[3]);
		accumulateFour(c, q, p + k, k);
		clearColumn(q + k, &c[0], &carry, field);
		accumulate(&c[1], q[k], p[1]); accumulate(&c[2], q[k], p[2]); accumulate(&c[3], q[k], p[3]);
		clearColumn(q + k + 1, &c[1], &carry, field);
		accumulate(&c[2], q[k + 1], p[1]); accumulate(&c[3], q[k + 1], p[2]);
		clearColumn(q + k + 2, &c[2], &carry, field);
		accumulate(&c[3], q[k + 2], p[1]);
		clearColumn(q + k + 3, &c[3], &carry, field);
	}
	if (!addend)
		addend = none;
	for (k = 0; k < limbs; k += 4, t += 4) {
		begin(c, t[0], t[1], t[2], t[3]);
		accumulateHead(c, q + k + 1, p + limbs - 1);
		accumulateFour(c, q + k + 4, p + limbs - 4, limbs - 4 - k);
		keepColumn(r + k, &c[0], &carry, addend[k]);
		keepColumn(r + k + 1, &c[1], &carry, addend[k + 1]);
		keepColumn(r + k + 2, &c[2], &carry, addend[k + 2]);
		keepColumn(r + k + 3, &c[3], &carry, addend[k + 3]);
	}
	chebyshevReduceNearly(r, carry.c1 + top, excess, field);
}

#endif
