/*
 * Unpredictable bytes from the machine: esp_fill_random on ESP32 (true randomness while the radio is on or the
 * bootloader's noise source has been left running), getrandom(2) on Linux. Any other machine names its own source by
 * loricaMachineEntropy. Failure throws: a node without entropy must stop.
 */
#include "xsmc.h"

#define ENTROPY_MAX 256

#if defined(ESP32) || defined(ESP_PLATFORM)
	#include "esp_random.h"
	static int fill(uint8_t* bytes, size_t length)
	{
		esp_fill_random(bytes, length);
		return 0;
	}
#elif defined(__linux__)
	#include <sys/random.h>
	static int fill(uint8_t* bytes, size_t length)
	{
		/* up to 256 bytes come whole or not at all (getrandom(2)) */
		return getrandom(bytes, length, 0) == (ssize_t)length ? 0 : -1;
	}
#else
	extern int loricaMachineEntropy(uint8_t* bytes, size_t length);
	#define fill loricaMachineEntropy
#endif

/* (out: Uint8Array): fills it; the caller has made it at most 256 bytes long */
void xs_primitives_entropy(xsMachine* the)
{
	void* out;
	xsUnsignedValue length;
	xsmcGetBufferWritable(xsArg(0), &out, &length);
	if (length > ENTROPY_MAX)
		xsRangeError("more than 256 bytes");
	if (fill(out, length))
		xsUnknownError("this machine has no entropy to give");
}
