/* The Chebyshev map (chebyshev-core.h): ladder, cofactor, membership. The fixed base is in chebyshev-comb.c. */
#include "chebyshev-core.h"
#include "chebyshev-groups.h"
#include "chebyshev-limbs.h"

#include <string.h>

#if defined(__GNUC__) && !defined(__clang__)
	#pragma GCC optimize("O2")
#endif

#define SECRET_BITS (8 * CHEBYSHEV_SECRET_LENGTH)

/* Inside, V_n = 2 T_n serves: V_2k = V_k² − 2 and V_2k+1 = V_k V_k+1 − V_1 need no doubling. */

static void fromBytes(Limb* v, const uint8_t* x, ChebyshevWork* work)
{
	chebyshevFromBytes(v, x, work->field->limbs);
	chebyshevMontgomery(v, v, work->field->rSquared, NULL, work);
	chebyshevAdd(v, v, v, work->field);
}

static Limb bitMask(const uint8_t* secret, int bit)
{
	return (Limb)0 - (Limb)((secret[CHEBYSHEV_SECRET_LENGTH - 1 - bit / 8] >> (bit % 8)) & 1);
}

/*
 * v ← V_n where v = V_1: Montgomery's ladder over V_k and V_k+1, always 256 steps. A step gives V_2k+1 = V_k V_k+1 − V_1,
 * `odd`, and the square of one of the two, `even`, which is V_2k or V_2k+2 as the bit says; which of the two is squared
 * is chosen by mask, and nothing else moves.
 */
static void ladder(Limb* v, const uint8_t* secret, ChebyshevWork* work)
{
	const ChebyshevField* field = work->field;
	Limb odd[CHEBYSHEV_LIMBS_MAX], even[CHEBYSHEV_LIMBS_MAX], minusV[CHEBYSHEV_LIMBS_MAX];
	Limb* chosen = work->t[1];
	Limb previous = 0;
	int bit;
	/* k = 0: V_0 = 2, and V_1 */
	memcpy(even, field->two, field->limbs * sizeof(Limb));
	memcpy(odd, v, field->limbs * sizeof(Limb));
	memset(minusV, 0, sizeof(minusV));
	chebyshevSubtract(minusV, minusV, v, field);
	for (bit = SECRET_BITS - 1; bit >= 0; bit--) {
		Limb mask = bitMask(secret, bit);
		/* even is the upper one of the two after a bit of 1, the lower one after a 0 */
		chebyshevSelect(chosen, even, odd, mask ^ previous, field->limbs);
		previous = mask;
		chebyshevMontgomery(odd, odd, even, minusV, work);
		chebyshevMontgomery(even, chosen, chosen, field->minusTwo, work);
	}
	chebyshevSelect(v, even, odd, previous, field->limbs);
	chebyshevWipe(odd, sizeof(odd));
	chebyshevWipe(even, sizeof(even));
	chebyshevWipe(minusV, sizeof(minusV));
}

/* v ← V_12, by V_12 = V_3(V_2(V_2)) and V_3(y) = y·(V_2(y) − 1) */
static void clearCofactor(Limb* v, ChebyshevWork* work)
{
	Limb* y = work->t[1];
	chebyshevMontgomery(v, v, v, work->field->minusTwo, work);
	chebyshevMontgomery(v, v, v, work->field->minusTwo, work);
	chebyshevMontgomery(y, v, v, work->field->minusTwo, work);
	chebyshevSubtract(y, y, work->field->one, work->field);
	chebyshevMontgomery(v, v, y, NULL, work);
	chebyshevNormalize(v, work->field);
}

/* x is public here */
static int isBelowP(const uint8_t* x, const ChebyshevField* field)
{
	Limb limbs[CHEBYSHEV_LIMBS_MAX];
	chebyshevFromBytes(limbs, x, field->limbs);
	return chebyshevCompare(limbs, field->p, field->limbs) < 0;
}

size_t chebyshevLength(int suite)
{
	const ChebyshevGroup* group = chebyshevGroup(suite);
	return group ? group->field.limbs * sizeof(Limb) : 0;
}

int chebyshevSharedValue(int suite, uint8_t* out, const uint8_t* secret, const uint8_t* x)
{
	ChebyshevWork work = { .field = &chebyshevGroup(suite)->field };
	Limb v[CHEBYSHEV_LIMBS_MAX];
	if (!isBelowP(x, work.field))
		return 0;
	fromBytes(v, x, &work);
	clearCofactor(v, &work);
	if (!chebyshevCompare(v, work.field->two, work.field->limbs))
		return 0;
	ladder(v, secret, &work);
	chebyshevHalfToBytes(out, v, &work);
	chebyshevWipe(v, sizeof(v));
	chebyshevWipe(&work, sizeof(work));
	return 1;
}

void chebyshevEvaluate(int suite, uint8_t* out, const uint8_t* index, const uint8_t* x)
{
	ChebyshevWork work = { .field = &chebyshevGroup(suite)->field };
	Limb v[CHEBYSHEV_LIMBS_MAX];
	fromBytes(v, x, &work);
	ladder(v, index, &work);
	chebyshevHalfToBytes(out, v, &work);
	chebyshevWipe(v, sizeof(v));
	chebyshevWipe(&work, sizeof(work));
}

int chebyshevIsMember(int suite, const uint8_t* x)
{
	const ChebyshevField* field = &chebyshevGroup(suite)->field;
	Limb a[CHEBYSHEV_LIMBS_MAX], one[CHEBYSHEV_LIMBS_MAX];
	if (!isBelowP(x, field))
		return 0;
	memset(one, 0, sizeof(one));
	one[0] = 1;
	chebyshevFromBytes(a, x, field->limbs);
	chebyshevAdd(a, a, one, field);
	chebyshevNormalize(a, field);
	if (chebyshevJacobi(a, field) != -1)
		return 0;
	chebyshevFromBytes(a, x, field->limbs);
	chebyshevSubtract(a, a, one, field);
	chebyshevNormalize(a, field);
	return chebyshevJacobi(a, field) == 1;
}
