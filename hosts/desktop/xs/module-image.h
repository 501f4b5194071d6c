/*
 * A module image: the modules of one program as XS bytecode, in the order in which they were compiled. All numbers are
 * 32-bit little-endian.
 *
 *   "LXS1" | count | count times: nameSize name\0 | symbolsSize symbols | codeSize code
 *
 * The image stays where it was read, outside XS's heap, and functions and strings are used in place: as flash holds
 * them on a device, so that heap figures are figures of the heap.
 */
#ifndef MODULE_IMAGE_H
#define MODULE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#define MODULE_IMAGE_SIGNATURE "LXS1"
#define MODULE_IMAGE_MODULES_MAX 512

typedef struct {
	const char* name;
	uint8_t* symbols;
	uint32_t symbolsSize;
	uint8_t* code;
	uint32_t codeSize;
	int linked;
} ModuleImageEntry;

typedef struct {
	uint32_t count;
	ModuleImageEntry entries[MODULE_IMAGE_MODULES_MAX];
} ModuleImage;

/* Finds the modules in `bytes`, which must stay and be writable. Returns 0, or -1 if it is no module image. */
int moduleImageOpen(ModuleImage* image, uint8_t* bytes, size_t size);

/* Returns the entry or NULL. */
ModuleImageEntry* moduleImageFind(ModuleImage* image, const char* name);

#endif
