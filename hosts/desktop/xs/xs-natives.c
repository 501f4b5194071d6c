/* `native(name)`: the one way from TypeScript into C, for the XS that knows no such syntax (xs-natives.h). */
#include "xsmc.h"
#include "xs.h"
#include "xs-natives.h"

#include <string.h>

static void xs_native(xsMachine* the)
{
	const char* name = xsmcToString(xsArg(0));
	const XsNative* native = xsNatives;
	while (native->name && strcmp(native->name, name))
		native++;
	if (!native->name)
		xsReferenceError("native %s is not in this image", name);
	xsResult = xsNewHostFunction(native->callback, 0);
}

void xsInstallNatives(xsMachine* the)
{
	xsResult = xsNewHostFunction(xs_native, 1);
	xsmcDefine(xsGlobal, xsID("native"), xsResult, xsDontEnum);
}
