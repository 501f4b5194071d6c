/*
 * What the tests and benches inside XS ask of their machine: a line of output, retired instructions, memory.
 * Instructions are counted on rv32 only (minstret, exact under QEMU's -icount); elsewhere the count is 0.
 */
#include "xsmc.h"

#include <stdio.h>

void xs_device_print(xsMachine* the)
{
	fputs(xsmcToString(xsArg(0)), stdout);
	fputc('\n', stdout);
	fflush(stdout);
}

void xs_device_instructions(xsMachine* the)
{
#if defined(__riscv) && __riscv_xlen == 32
	uint32_t high, low, again;
	do {
		__asm__ volatile("csrr %0, minstreth" : "=r"(high));
		__asm__ volatile("csrr %0, minstret" : "=r"(low));
		__asm__ volatile("csrr %0, minstreth" : "=r"(again));
	} while (high != again);
	xsmcSetNumber(xsResult, (double)high * 4294967296.0 + (double)low);
#else
	xsmcSetInteger(xsResult, 0);
#endif
}
