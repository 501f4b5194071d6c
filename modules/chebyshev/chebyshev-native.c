/*
 * The Chebyshev map for XS (chebyshev-provider.ts). Nothing here allocates, so no pointer moves while the core works;
 * lengths are checked again before anything is read or written.
 */
#include "xsmc.h"
#include "chebyshev-core.h"

typedef struct {
	int suite;
	size_t length;
} Suite;

static Suite suiteOf(xsMachine* the)
{
	Suite suite;
	suite.suite = xsmcToInteger(xsArg(0));
	suite.length = chebyshevLength(suite.suite);
	if (!suite.length)
		xsRangeError("no such suite");
	return suite;
}

static const uint8_t* readable(xsMachine* the, xsSlot* slot, size_t length)
{
	void* bytes;
	xsUnsignedValue actual;
	xsmcGetBufferReadable(*slot, &bytes, &actual);
	if (actual != length)
		xsRangeError("wrong length");
	return bytes;
}

static uint8_t* writable(xsMachine* the, xsSlot* slot, size_t length)
{
	void* bytes;
	xsUnsignedValue actual;
	xsmcGetBufferWritable(*slot, &bytes, &actual);
	if (actual != length)
		xsRangeError("wrong length");
	return bytes;
}

/* (suite, out, secret) */
void xs_chebyshev_public_value(xsMachine* the)
{
	Suite suite = suiteOf(the);
	uint8_t* out = writable(the, &xsArg(1), suite.length);
	chebyshevPublicValue(suite.suite, out, readable(the, &xsArg(2), CHEBYSHEV_SECRET_LENGTH));
}

/* (suite, out, secret, x): whether x was accepted; else out is left alone */
void xs_chebyshev_shared_value(xsMachine* the)
{
	Suite suite = suiteOf(the);
	uint8_t* out = writable(the, &xsArg(1), suite.length);
	const uint8_t* secret = readable(the, &xsArg(2), CHEBYSHEV_SECRET_LENGTH);
	xsmcSetBoolean(xsResult, chebyshevSharedValue(suite.suite, out, secret, readable(the, &xsArg(3), suite.length)));
}

/* (suite, x) */
void xs_chebyshev_is_member(xsMachine* the)
{
	Suite suite = suiteOf(the);
	xsmcSetBoolean(xsResult, chebyshevIsMember(suite.suite, readable(the, &xsArg(1), suite.length)));
}

/* (suite, out, index, x) */
void xs_chebyshev_evaluate(xsMachine* the)
{
	Suite suite = suiteOf(the);
	uint8_t* out = writable(the, &xsArg(1), suite.length);
	const uint8_t* index = readable(the, &xsArg(2), CHEBYSHEV_SECRET_LENGTH);
	chebyshevEvaluate(suite.suite, out, index, readable(the, &xsArg(3), suite.length));
}
