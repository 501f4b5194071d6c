/*
 * T_n(5) by a comb over a table in flash (chebyshev-core.h, chebyshev-groups.h). With s = √6, T_n(5) is the rational part of w^n, w = 5 + 2s, of norm 1. A running element is kept
 * doubled, A + B·s, so that its square is A² − 2 + AB·s; an element c + d·s of the table is not, and multiplies it to
 * Ac + 6Bd + (Ad + Bc)·s.
 */
#include "chebyshev-core.h"
#include "chebyshev-groups.h"
#include "chebyshev-limbs.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
	#pragma GCC optimize("O2")
#endif

typedef struct {
	Limb a[CHEBYSHEV_LIMBS_MAX];
	Limb b[CHEBYSHEV_LIMBS_MAX];
} Element;

/* t += factor·u over 2n limbs. Returns what passes the top. */
static Limb addWide(Limb* t, const Limb* u, Limb factor, size_t limbs)
{
	Limb carry = 0;
	size_t i;
	for (i = 0; i < 2 * limbs; i++) {
		DoubleLimb sum = (DoubleLimb)u[i] * factor + t[i] + carry;
		t[i] = (Limb)sum;
		carry = (Limb)(sum >> CHEBYSHEV_LIMB_BITS);
	}
	return carry;
}

/* t += 2p·R − u − v over 2n limbs. Returns what passes the top. */
static Limb takeAwayWide(Limb* t, const Limb* u, const Limb* v, const ChebyshevField* field)
{
	size_t limbs = field->limbs, i;
	Limb borrow = 0, carry = 0;
	for (i = 0; i < 2 * limbs; i++) {
		DoubleLimb away = (DoubleLimb)u[i] + v[i] + borrow;
		Limb low = (Limb)away, x = t[i];
		borrow = (Limb)(away >> CHEBYSHEV_LIMB_BITS) + (x < low);
		t[i] = x - low;
	}
	for (i = 0; i < limbs; i++) {
		DoubleLimb sum = (DoubleLimb)field->p[i] * 2 + t[limbs + i] + carry;
		t[limbs + i] = (Limb)sum;
		carry = (Limb)(sum >> CHEBYSHEV_LIMB_BITS);
	}
	return carry - borrow;
}

/* e ← e·f, e doubled */
static void multiplyElement(Element* e, const Element* f, ChebyshevWork* work)
{
	const ChebyshevField* field = work->field;
	Limb* ac = work->t[0];
	Limb* bd = work->t[1];
	Limb* cross = work->t[2];
	/* Ad + Bc = (A + B)(c + d) − Ac − Bd; the sums lie where ac and bd come later */
	chebyshevAdd(ac, e->a, e->b, field);
	chebyshevAdd(bd, f->a, f->b, field);
	chebyshevMultiply(cross, ac, bd, work);
	chebyshevMultiply(ac, e->a, f->a, work);
	chebyshevMultiply(bd, e->b, f->b, work);
	/* (p² + 2pR) / R + p < 3.8p */
	chebyshevReduce(e->b, cross, takeAwayWide(cross, ac, bd, field), NULL, 3, work);
	/* 7p² / R + p < 6.6p */
	chebyshevReduce(e->a, ac, addWide(ac, bd, 6, field->limbs), NULL, 6, work);
}

/* e ← e², e doubled */
static void squareElement(Element* e, ChebyshevWork* work)
{
	chebyshevMontgomery(e->b, e->a, e->b, NULL, work);
	chebyshevMontgomery(e->a, e->a, e->a, work->field->minusTwo, work);
}

/*
 * e = the table's element `index`, reading all of them; its conjugate, b negated, where mask is all ones. Entries hold
 * the limbs of a, then of b.
 */
static void lookUp(Element* e, const Limb* table, unsigned index, Limb mask, ChebyshevWork* work)
{
	size_t limbs = work->field->limbs, i;
	Limb* negated = work->t[0];
	unsigned entry;
	memset(e, 0, sizeof(*e));
	for (entry = 0; entry < CHEBYSHEV_TABLE_ENTRIES; entry++) {
		Limb difference = entry ^ index;
		Limb chosen = ((difference | ((Limb)0 - difference)) >> (CHEBYSHEV_LIMB_BITS - 1)) - 1;
		for (i = 0; i < limbs; i++) {
			e->a[i] |= table[i] & chosen;
			e->b[i] |= table[limbs + i] & chosen;
		}
		table += 2 * limbs;
	}
	memset(negated, 0, limbs * sizeof(Limb));
	chebyshevSubtract(negated, negated, e->b, work->field);
	for (i = 0; i < limbs; i++)
		e->b[i] = (e->b[i] & ~mask) | (negated[i] & mask);
}

/*
 * n or n + 1, whichever is odd, as a sum of ± 2^i over all i < COMB_BITS: bit i of the result says plus.
 * For odd m: m = Σ (2·b_i − 1)·2^i with b = (m + 2^COMB_BITS − 1) / 2. Returns a mask: all ones where 1 was added.
 */
static Limb recode(uint8_t* digits, const uint8_t* secret)
{
	Limb even = (Limb)(secret[CHEBYSHEV_SECRET_LENGTH - 1] & 1) - 1;
	unsigned carry = (unsigned)(even & 1);
	int i;
	memset(digits, 0, CHEBYSHEV_COMB_BYTES);
	for (i = 0; i < CHEBYSHEV_SECRET_LENGTH; i++) {
		carry += secret[CHEBYSHEV_SECRET_LENGTH - 1 - i];
		digits[i] = (uint8_t)carry;
		carry >>= 8;
	}
	digits[CHEBYSHEV_SECRET_LENGTH] = (uint8_t)carry;
	for (i = 0; i + 1 < CHEBYSHEV_COMB_BYTES; i++)
		digits[i] = (uint8_t)((digits[i] >> 1) | (digits[i + 1] << 7));
	digits[CHEBYSHEV_COMB_BYTES - 1] >>= 1;
	/* (m − 1) / 2 stands there; + 2^(COMB_BITS − 1) */
	digits[(CHEBYSHEV_COMB_BITS - 1) / 8] |= (uint8_t)(1u << ((CHEBYSHEV_COMB_BITS - 1) % 8));
	return even;
}

static unsigned digitAt(const uint8_t* digits, unsigned bit)
{
	return (digits[bit / 8] >> (bit % 8)) & 1u;
}

/* entry = the table's element for column `column` of block `block` */
static void combEntry(Element* entry, const uint8_t* digits, unsigned block, unsigned column, const ChebyshevGroup* group, ChebyshevWork* work)
{
	const unsigned spacing = CHEBYSHEV_COMB_BLOCKS * CHEBYSHEV_COMB_COLUMNS;
	unsigned position = block * CHEBYSHEV_COMB_COLUMNS + column, index = 0, tooth, minus;
	for (tooth = 0; tooth + 1 < CHEBYSHEV_COMB_TEETH; tooth++)
		index |= digitAt(digits, tooth * spacing + position) << tooth;
	/* the highest tooth is plus in the table: where it is minus, all signs turn, and the element is the conjugate */
	minus = 1u - digitAt(digits, tooth * spacing + position);
	index ^= (0u - minus) & (CHEBYSHEV_TABLE_ENTRIES - 1);
	lookUp(entry, group->table + block * CHEBYSHEV_TABLE_ENTRIES * 2 * group->field.limbs, index, (Limb)0 - (Limb)minus, work);
}

void chebyshevPublicValue(int suite, uint8_t* out, const uint8_t* secret)
{
	const ChebyshevGroup* group = chebyshevGroup(suite);
	const ChebyshevField* field = &group->field;
	ChebyshevWork work = { .field = field };
	uint8_t digits[CHEBYSHEV_COMB_BYTES];
	Element e, entry;
	Limb* other = work.t[1];
	Limb even = recode(digits, secret);
	int column;
	unsigned block;
	size_t i;
	for (column = CHEBYSHEV_COMB_COLUMNS - 1; column >= 0; column--) {
		if (column != CHEBYSHEV_COMB_COLUMNS - 1)
			squareElement(&e, &work);
		for (block = 0; block < CHEBYSHEV_COMB_BLOCKS; block++) {
			combEntry(&entry, digits, block, (unsigned)column, group, &work);
			if (column == CHEBYSHEV_COMB_COLUMNS - 1 && block == 0) {
				chebyshevAdd(e.a, entry.a, entry.a, field);
				chebyshevAdd(e.b, entry.b, entry.b, field);
			}
			else
				multiplyElement(&e, &entry, &work);
		}
	}
	/* w^n = w^(n + 1)·(5 − 2s) has the rational part 5a − 12b */
	memset(other, 0, field->limbs * sizeof(Limb));
	for (i = 0; i < 5; i++)
		chebyshevAdd(other, other, e.a, field);
	for (i = 0; i < 12; i++)
		chebyshevSubtract(other, other, e.b, field);
	chebyshevSelect(e.a, e.a, other, even, field->limbs);
	chebyshevHalfToBytes(out, e.a, &work);
	chebyshevWipe(digits, sizeof(digits));
	chebyshevWipe(&e, sizeof(e));
	chebyshevWipe(&entry, sizeof(entry));
	chebyshevWipe(&work, sizeof(work));
}
