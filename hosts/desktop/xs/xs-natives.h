/*
 * The C functions that the TypeScript of an image names by native("…"). The SDK's linker makes such a table by itself;
 * for the XS of @agoric/xsnap the build generates it from the C files that the manifests bring in.
 */
#ifndef XS_NATIVES_H
#define XS_NATIVES_H

#include "xsmc.h"

typedef struct {
	const char* name;
	xsCallback callback;
} XsNative;

/* generated; ends with a NULL name */
extern const XsNative xsNatives[];

/* Defines the global `native(name)`. */
void xsInstallNatives(xsMachine* the);

#endif
