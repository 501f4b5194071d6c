/* What xs-host-platform.c offers to a host's `main`. */
#ifndef XS_HOST_PLATFORM_API_H
#define XS_HOST_PLATFORM_API_H

#include <stddef.h>
#include "module-image.h"

/* exit statuses of every host of ours */
#define XS_HOST_EXIT_THROWN 1
#define XS_HOST_EXIT_USAGE 2
#define XS_HOST_EXIT_ENGINE 3

typedef struct {
	long chunkBytesUsed;
	long chunkBytesPeak;
	long chunkBytesHeld;
	long slotsUsed;
	long slotsPeak;
	long slotBytes;
	long slotBytesHeld;
} XsHostMemory;

void xsHostSetImage(void* machine, ModuleImage* image);

/* Begins to load a module and all that it imports; failure ends the process. Call between xsBeginHost and xsEndHost. */
void xsHostImport(void* machine, const char* name);

/* Runs promise jobs until none is left; a rejection that nobody handles ends the process. */
void xsHostRunJobs(void* machine);

void xsHostMeasure(void* machine, XsHostMemory* memory);

#endif
