/*
 * Products, squares and Montgomery reduction by rows (chebyshev-limbs.h), for x86-64: a row is one limb times a number,
 * with both carry chains of ADX where the compiler may use them.
 */
#include "chebyshev-limbs.h"

#if CHEBYSHEV_ROWS

#include <string.h>

/* r += a·b over one limb. Returns what passes it. */
static inline Limb addProduct(Limb* r, Limb a, Limb b, Limb carry)
{
	DoubleLimb sum = (DoubleLimb)a * b + *r + carry;
	*r = (Limb)sum;
	return (Limb)(sum >> CHEBYSHEV_LIMB_BITS);
}

#if defined(__ADX__) && defined(__BMI2__)
/* one limb, and the two carry chains: adcx for the products among themselves, adox for what stood in r */
#define STEP(offset, last, next) \
	"mulxq " offset "(%[a]), %[low], %[" next "]\n\tadcxq %[" last "], %[low]\n\t" \
	"adoxq " offset "(%[r]), %[low]\n\tmovq %[low], " offset "(%[r])\n\t"
#define FOUR(o0, o1, o2, o3) STEP(o0, "carry", "high") STEP(o1, "high", "carry") STEP(o2, "carry", "high") STEP(o3, "high", "carry")
#define ROW(steps) __asm__( \
	"xorl %k[zero], %k[zero]\n\t" steps "adcxq %[zero], %[carry]\n\tadoxq %[zero], %[carry]\n\t" \
	: [carry] "+&r"(carry), [low] "=&r"(low), [high] "=&r"(high), [zero] "=&r"(zero) \
	: [a] "r"(a), [r] "r"(r), "d"(b) \
	: "cc", "memory")
#endif

/* r += a·b over `limbs` limbs. Returns what passes the top. */
static inline Limb addRow(Limb* r, const Limb* a, size_t limbs, Limb b)
{
	Limb carry = 0;
	while (limbs & 3) {
		carry = addProduct(r++, *a++, b, carry);
		limbs--;
	}
#if defined(__ADX__) && defined(__BMI2__)
	Limb low, high, zero;
	if (limbs & 4) {
		ROW(FOUR("0", "8", "16", "24"));
		limbs -= 4;
		a += 4;
		r += 4;
	}
	for (; limbs; limbs -= 8, a += 8, r += 8)
		ROW(FOUR("0", "8", "16", "24") FOUR("32", "40", "48", "56"));
#else
	for (; limbs; limbs -= 4, a += 4, r += 4) {
		carry = addProduct(r, a[0], b, carry);
		carry = addProduct(r + 1, a[1], b, carry);
		carry = addProduct(r + 2, a[2], b, carry);
		carry = addProduct(r + 3, a[3], b, carry);
	}
#endif
	return carry;
}

void chebyshevMultiplyPlain(Limb* r, const Limb* a, const Limb* b, size_t limbs)
{
	size_t i;
	memset(r, 0, limbs * sizeof(Limb));
	for (i = 0; i < limbs; i++)
		r[limbs + i] = addRow(r + i, b, limbs, a[i]);
}

/* Products of unequal limbs once, then doubled, then the squares of the limbs. */
void chebyshevSquare(Limb* r, const Limb* a, ChebyshevWork* work)
{
	size_t limbs = work->field->limbs, i;
	Limb carry = 0, below = 0;
	memset(r, 0, (limbs + 1) * sizeof(Limb));
	for (i = 0; i + 1 < limbs; i++)
		r[limbs + i] = addRow(r + 2 * i + 1, a + i + 1, limbs - 1 - i, a[i]);
	r[2 * limbs - 1] = 0;
	for (i = 0; i < limbs; i++) {
		Limb low = r[2 * i], high = r[2 * i + 1];
		DoubleLimb square = (DoubleLimb)a[i] * a[i];
		DoubleLimb sum = (DoubleLimb)((low << 1) | below) + (Limb)square + carry;
		r[2 * i] = (Limb)sum;
		sum = (DoubleLimb)((high << 1) | (low >> (CHEBYSHEV_LIMB_BITS - 1))) + (Limb)(square >> CHEBYSHEV_LIMB_BITS)
			+ (Limb)(sum >> CHEBYSHEV_LIMB_BITS);
		r[2 * i + 1] = (Limb)sum;
		carry = (Limb)(sum >> CHEBYSHEV_LIMB_BITS);
		below = high >> (CHEBYSHEV_LIMB_BITS - 1);
	}
}

void chebyshevReduce(Limb* r, Limb* t, Limb top, const Limb* addend, int excess, ChebyshevWork* work)
{
	const ChebyshevField* field = work->field;
	size_t limbs = field->limbs, i;
	Limb over = 0;
	for (i = 0; i < limbs; i++) {
		Limb carry = addRow(t + i, field->p, limbs, t[i] * field->negativeInverse);
		DoubleLimb sum = (DoubleLimb)t[limbs + i] + carry + over;
		t[limbs + i] = (Limb)sum;
		over = (Limb)(sum >> CHEBYSHEV_LIMB_BITS);
	}
	top += over;
	over = 0;
	for (i = 0; i < limbs; i++) {
		DoubleLimb sum = (DoubleLimb)t[limbs + i] + (addend ? addend[i] : 0) + over;
		r[i] = (Limb)sum;
		over = (Limb)(sum >> CHEBYSHEV_LIMB_BITS);
	}
	chebyshevReduceNearly(r, top + over, excess, field);
}

#endif
