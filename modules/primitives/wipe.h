/* Zeros that no optimiser takes away. */
#ifndef LORICA_WIPE_H
#define LORICA_WIPE_H

#include <stddef.h>
#include <stdint.h>

static inline void loricaWipe(void* memory, size_t size)
{
	uint8_t* at = memory;
	/* by words where the memory lies so: a C library made for size goes by octets */
	if (((uintptr_t)at & 3) == 0) {
		for (; size >= 4; size -= 4, at += 4)
			*(volatile uint32_t*)(void*)at = 0;
	}
	for (; size; size--, at++)
		*(volatile uint8_t*)at = 0;
}

#endif
