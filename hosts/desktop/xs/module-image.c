/* Reads module images (module-image.h). It knows nothing of XS. */
#include "module-image.h"

#include <string.h>

typedef struct {
	uint8_t* at;
	size_t left;
	int failed;
} Reader;

static uint32_t readSize(Reader* reader)
{
	uint8_t* p = reader->at;
	if (reader->left < 4) {
		reader->failed = 1;
		return 0;
	}
	reader->at += 4;
	reader->left -= 4;
	return (uint32_t)p[0] | ((uint32_t)p[1] << 8) | ((uint32_t)p[2] << 16) | ((uint32_t)p[3] << 24);
}

static uint8_t* readBytes(Reader* reader, uint32_t* size)
{
	uint8_t* p;
	*size = readSize(reader);
	if (reader->failed || reader->left < *size) {
		reader->failed = 1;
		return NULL;
	}
	p = reader->at;
	reader->at += *size;
	reader->left -= *size;
	return p;
}

int moduleImageOpen(ModuleImage* image, uint8_t* bytes, size_t size)
{
	Reader reader = { bytes + 4, size - 4, 0 };
	uint32_t i;
	if (size < 8 || memcmp(bytes, MODULE_IMAGE_SIGNATURE, 4))
		return -1;
	image->count = readSize(&reader);
	if (image->count > MODULE_IMAGE_MODULES_MAX)
		return -1;
	for (i = 0; i < image->count; i++) {
		ModuleImageEntry* entry = &image->entries[i];
		uint32_t nameSize;
		entry->name = (const char*)readBytes(&reader, &nameSize);
		entry->symbols = readBytes(&reader, &entry->symbolsSize);
		entry->code = readBytes(&reader, &entry->codeSize);
		entry->linked = 0;
		if (reader.failed || nameSize == 0 || entry->name[nameSize - 1] != 0)
			return -1;
	}
	return reader.left == 0 ? 0 : -1;
}

ModuleImageEntry* moduleImageFind(ModuleImage* image, const char* name)
{
	uint32_t i;
	for (i = 0; i < image->count; i++) {
		if (!strcmp(image->entries[i].name, name))
			return &image->entries[i];
	}
	return NULL;
}
