/* The numbers of the two groups, in Montgomery form; chebyshev-groups.c and the tables are generated. */
#ifndef CHEBYSHEV_GROUPS_H
#define CHEBYSHEV_GROUPS_H

#include "chebyshev-limbs.h"

/*
 * The comb: a secret in 6·2·22 = 264 signed binary digits. Column c of block v holds the digits at 44·t + 22·v + c for
 * the teeth t = 0 to 5; the sixth tooth's sign is taken out, which leaves 2^5 elements a block.
 */
#define CHEBYSHEV_COMB_TEETH 6
#define CHEBYSHEV_COMB_BLOCKS 2
#define CHEBYSHEV_COMB_COLUMNS 22
#define CHEBYSHEV_COMB_BITS (CHEBYSHEV_COMB_TEETH * CHEBYSHEV_COMB_BLOCKS * CHEBYSHEV_COMB_COLUMNS)
#define CHEBYSHEV_COMB_BYTES ((CHEBYSHEV_COMB_BITS + 7) / 8)
#define CHEBYSHEV_TABLE_ENTRIES (1 << (CHEBYSHEV_COMB_TEETH - 1))

typedef struct {
	ChebyshevField field;
	/* CHEBYSHEV_COMB_BLOCKS times CHEBYSHEV_TABLE_ENTRIES elements */
	const Limb* table;
} ChebyshevGroup;

/* Returns the group of suite 1 or 2, else NULL. */
const ChebyshevGroup* chebyshevGroup(int suite);

extern const Limb chebyshevTable2048[];
extern const Limb chebyshevTable1536[];

#endif
