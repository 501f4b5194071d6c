/*
 * Runs one module of a module image to the end of its promise jobs. No timers: what measures and tests needs none.
 *
 *   xs-run image module [chunkBytes slots stack keys]
 *
 * The last four limit the machine to what a device's manifest grants. Exit status: 0, or one of xs-host-platform-api.h.
 */
#include "xsmc.h"
#include "xs.h"
#include "xs-host-platform-api.h"
#include "xs-natives.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* xs.h has no macro for these two */
extern void fxInitializeSharedCluster(xsMachine* the);
extern void fxTerminateSharedCluster(void);

static uint8_t* readFile(const char* path, size_t* size);

static ModuleImage gImage;

int main(int argc, char* argv[])
{
	xsCreation creation = {
		2 * 1024 * 1024, 512 * 1024, 64 * 1024, 16 * 1024, 4096, 8000, 1000, 257, 127, 64 * 1024, 127, 0
	};
	xsMachine* machine;
	uint8_t* bytes;
	size_t size;
	if (argc != 3 && argc != 7) {
		fprintf(stderr, "usage: xs-run image module [chunkBytes slots stack keys]\n");
		return XS_HOST_EXIT_USAGE;
	}
	if (argc == 7) {
		creation.initialChunkSize = atoi(argv[3]);
		creation.incrementalChunkSize = 0;
		creation.initialHeapCount = atoi(argv[4]);
		creation.incrementalHeapCount = 0;
		creation.stackCount = atoi(argv[5]);
		creation.initialKeyCount = atoi(argv[6]);
		creation.incrementalKeyCount = 0;
	}
	bytes = readFile(argv[1], &size);
	if (!bytes || moduleImageOpen(&gImage, bytes, size)) {
		fprintf(stderr, "xs-run: %s is no module image\n", argv[1]);
		return XS_HOST_EXIT_USAGE;
	}
	fxInitializeSharedCluster(NULL);
	machine = xsCreateMachine(&creation, "lorica", NULL);
	if (!machine) {
		fprintf(stderr, "xs-run: no memory for the machine\n");
		return XS_HOST_EXIT_ENGINE;
	}
	xsHostSetImage(machine, &gImage);
	xsBeginHost(machine);
	xsInstallNatives(the);
	xsHostImport(the, argv[2]);
	xsHostRunJobs(the);
	xsEndHost(machine);
	xsDeleteMachine(machine);
	fxTerminateSharedCluster();
	free(bytes);
	return 0;
}

static uint8_t* readFile(const char* path, size_t* size)
{
	FILE* file = fopen(path, "rb");
	uint8_t* bytes = NULL;
	long length;
	if (!file)
		return NULL;
	if (!fseek(file, 0, SEEK_END) && (length = ftell(file)) >= 0 && !fseek(file, 0, SEEK_SET)) {
		bytes = malloc(length + 1);
		if (bytes && fread(bytes, 1, length, file) == (size_t)length)
			*size = length;
		else {
			free(bytes);
			bytes = NULL;
		}
	}
	fclose(file);
	return bytes;
}
