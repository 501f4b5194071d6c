/*
 * What XS 13.3 (the C sources in the npm package @agoric/xsnap) is told of the machine below it: one thread, memory
 * from malloc, 16-bit identifiers as on the ESP32, modules from a module image. Serves a PC with a C library and bare
 * rv32 with picolibc. The SDK's own builds never see this file.
 */
#ifndef XS_HOST_PLATFORM_H
#define XS_HOST_PLATFORM_H

#include <ctype.h>
#include <errno.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

#if defined(__linux__)
	#include <arpa/inet.h>
	#include <pthread.h>
	#include <unistd.h>
	#undef mxLinux
	#define mxLinux 1
#else
	/* xsCommon.c asks for the limit of the C stack by this name where it knows no operating system */
	#define htonl(x) __builtin_bswap32(x)
	#define ntohl(x) __builtin_bswap32(x)
#endif

#define mxExport extern
#define mxImport extern
#define XS_FUNCTION_NORETURN __attribute__((noreturn))

#define mxMachinePlatform \
	int promiseJobs; \
	size_t chunkBytes; \
	size_t slotBytes; \
	void* moduleImage; \
	void* waiterCondition; \
	void* waiterData; \
	void* waiterLink;

#define mxUseDefaultBuildKeys 1
#define mxUseDefaultParseScript 1
#define mxUseDefaultSharedChunks 1
#ifdef mxDebug
	#define mxUseDefaultDebug 1
#endif

#endif
