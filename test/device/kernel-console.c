/*
 * Calls the native kernels on behalf of a test: one command a line on standard input, hexadecimal words, one line of
 * answer; "-" stands for no octets. No XS: it shows the cores alone, with either width of limb.
 */
#include "aead-core.h"
#include "chebyshev-core.h"
#include "sha256-core.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 6
#define LINE_SIZE 65536

typedef struct {
	unsigned char* bytes;
	size_t length;
} Octets;

/* exactly as long as it has to be, so that a sanitizer sees what lies beyond */
static Octets octets(const char* hex)
{
	Octets result;
	size_t i;
	result.length = strcmp(hex, "-") ? strlen(hex) / 2 : 0;
	result.bytes = malloc(result.length ? result.length : 1);
	for (i = 0; i < result.length; i++) {
		unsigned byte;
		sscanf(hex + 2 * i, "%2x", &byte);
		result.bytes[i] = (unsigned char)byte;
	}
	return result;
}

static void answer(unsigned char* bytes, size_t length)
{
	size_t i;
	for (i = 0; i < length; i++)
		printf("%02x", bytes[i]);
	printf(length ? "\n" : "-\n");
	fflush(stdout);
	free(bytes);
}

/* public, evaluate, shared, member; suite, then octets */
static int map(const char* name, int suite, const Octets* o)
{
	size_t length = chebyshevLength(suite);
	unsigned char* out = malloc(length ? length : 1);
	if (!strcmp(name, "public"))
		chebyshevPublicValue(suite, out, o[2].bytes);
	else if (!strcmp(name, "evaluate"))
		chebyshevEvaluate(suite, out, o[2].bytes, o[3].bytes);
	else if (!strcmp(name, "shared"))
		length = chebyshevSharedValue(suite, out, o[2].bytes, o[3].bytes) ? length : 0;
	else if (!strcmp(name, "member")) {
		out[0] = (unsigned char)chebyshevIsMember(suite, o[2].bytes);
		length = 1;
	}
	else {
		free(out);
		return 0;
	}
	answer(out, length);
	return 1;
}

/* sha256 data cut; hmac key data; expand prk info length */
static int hash(const char* name, char** words, const Octets* o)
{
	unsigned char* out = malloc(8160);
	size_t length = SHA256_LENGTH;
	if (!strcmp(name, "sha256")) {
		Sha256 state;
		size_t cut = (size_t)atoi(words[2]) < o[1].length ? (size_t)atoi(words[2]) : o[1].length;
		sha256Begin(&state);
		sha256Update(&state, o[1].bytes, cut);
		sha256Update(&state, o[1].bytes + cut, o[1].length - cut);
		sha256End(&state, out);
	}
	else if (!strcmp(name, "hmac")) {
		HmacSha256 state;
		hmacBegin(&state, o[1].bytes, o[1].length);
		hmacUpdate(&state, o[2].bytes, o[2].length);
		hmacEnd(&state, out);
	}
	else if (!strcmp(name, "expand")) {
		length = (size_t)atoi(words[3]);
		hkdfExpand(out, length, o[1].bytes, o[1].length, o[2].bytes, o[2].length);
	}
	else {
		free(out);
		return 0;
	}
	answer(out, length);
	return 1;
}

/* seal key nonce associated plaintext; open key nonce associated sealed: 01 and the plaintext, or nothing; equal a b */
static int aead(const char* name, const Octets* o)
{
	unsigned char* out = malloc(o[4].length + AEAD_TAG);
	size_t length = 1;
	if (!strcmp(name, "seal")) {
		length = o[4].length + AEAD_TAG;
		aeadSeal(out, o[1].bytes, o[2].bytes, o[3].bytes, o[3].length, o[4].bytes, o[4].length);
	}
	else if (!strcmp(name, "open")) {
		length = o[4].length - AEAD_TAG + 1;
		out[0] = 1;
		if (!aeadOpen(out + 1, o[1].bytes, o[2].bytes, o[3].bytes, o[3].length, o[4].bytes, o[4].length - AEAD_TAG))
			length = 0;
	}
	else if (!strcmp(name, "equal"))
		out[0] = (unsigned char)equalConstantTime(o[1].bytes, o[2].bytes, o[1].length);
	else {
		free(out);
		return 0;
	}
	answer(out, length);
	return 1;
}

static void command(char** words, int count)
{
	Octets o[WORDS_MAX];
	int i;
	for (i = 0; i < WORDS_MAX; i++)
		o[i] = octets(i < count ? words[i] : "-");
	if (!map(words[0], atoi(words[1]), o) && !hash(words[0], words, o) && !aead(words[0], o))
		exit(2);
	for (i = 0; i < WORDS_MAX; i++)
		free(o[i].bytes);
}

int main(void)
{
	static char line[LINE_SIZE];
	while (fgets(line, sizeof(line), stdin)) {
		char* words[WORDS_MAX] = { 0 };
		int count = 0;
		char* word = strtok(line, " \n");
		while (word && count < WORDS_MAX) {
			words[count++] = word;
			word = strtok(NULL, " \n");
		}
		if (count < 2)
			exit(2);
		command(words, count);
	}
	return 0;
}
