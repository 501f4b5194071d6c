/*
 * Compiles JavaScript modules to a module image (module-image.h), as the SDK's xsc and xsl would.
 *
 *   xs-compile [-d] output list
 *
 * `list` holds one module a line: its name, a tab, its file. With -d the code carries line numbers, by way of the
 * source maps those of the TypeScript.
 */
#include "xsAll.h"
#include "xsScript.h"
#include "module-image.h"
#include "xs-host-platform-api.h"

#define LINE_MAX_LENGTH 4096

static txScript* compile(txMachine* the, const char* path, txUnsigned flags);
static int compileList(txMachine* the, FILE* list, FILE* output, txUnsigned flags);
static void writeEntry(FILE* output, const char* name, txScript* script);
static void writeSize(FILE* output, size_t size);

int main(int argc, char* argv[])
{
	txCreation creation = {
		4 * 1024 * 1024, 1024 * 1024, 64 * 1024, 16 * 1024, 4096, 16000, 2000, 1993, 127, 4 * 1024 * 1024, 1993, 0
	};
	int debug = argc > 1 && !strcmp(argv[1], "-d");
	txMachine* the;
	FILE* list;
	FILE* output;
	int failed;
	if (argc != 3 + debug) {
		fprintf(stderr, "usage: xs-compile [-d] output list\n");
		return XS_HOST_EXIT_USAGE;
	}
	output = fopen(argv[1 + debug], "wb");
	list = fopen(argv[2 + debug], "r");
	if (!output || !list) {
		fprintf(stderr, "xs-compile: cannot open %s: %s\n", output ? argv[2 + debug] : argv[1 + debug], strerror(errno));
		return XS_HOST_EXIT_USAGE;
	}
	fxInitializeSharedCluster(C_NULL);
	the = fxCreateMachine(&creation, "xs-compile", C_NULL, 0);
	failed = compileList(the, list, output, debug ? mxDebugFlag : 0);
	fclose(list);
	if (fclose(output))
		failed = 1;
	fxDeleteMachine(the);
	fxTerminateSharedCluster();
	return failed ? XS_HOST_EXIT_THROWN : 0;
}

static int compileList(txMachine* the, FILE* list, FILE* output, txUnsigned flags)
{
	char line[LINE_MAX_LENGTH];
	size_t count = 0;
	int failed = 0;
	fwrite(MODULE_IMAGE_SIGNATURE, 4, 1, output);
	writeSize(output, 0);
	while (fgets(line, sizeof(line), list)) {
		char* tab = strchr(line, '\t');
		char* end = strchr(line, '\n');
		txScript* script;
		if (!tab || !end) {
			fprintf(stderr, "xs-compile: a line of the list is not \"name tab file\"\n");
			return 1;
		}
		*tab = *end = 0;
		script = compile(the, tab + 1, flags);
		if (script) {
			writeEntry(output, line, script);
			fxDeleteScript(script);
			count++;
		}
		else
			failed = 1;
	}
	fseek(output, 4, SEEK_SET);
	writeSize(output, count);
	return failed;
}

static txScript* compile(txMachine* the, const char* path, txUnsigned flags)
{
	txParser parser;
	txParserJump jump;
	FILE* file = fopen(path, "r");
	txScript* script = C_NULL;
	if (!file) {
		fprintf(stderr, "xs-compile: cannot open %s: %s\n", path, strerror(errno));
		return C_NULL;
	}
	fxInitializeParser(&parser, the, the->parserBufferSize, the->parserTableModulo);
	parser.firstJump = &jump;
	if (c_setjmp(jump.jmp_buf) == 0) {
		txString mapName = C_NULL;
		parser.path = fxNewParserSymbol(&parser, (txString)path);
		fxParserTree(&parser, file, (txGetter)fgetc, flags, &mapName);
		if (mapName) {
			char mapPath[LINE_MAX_LENGTH];
			FILE* map;
			snprintf(mapPath, sizeof(mapPath), "%s.map", path);
			map = fopen(mapPath, "r");
			if (map) {
				fxParserSourceMap(&parser, map, (txGetter)fgetc, flags, &mapName);
				fclose(map);
				if (parser.errorCount == 0 && mapName)
					parser.path = fxNewParserSymbol(&parser, mapName);
			}
		}
		fxParserHoist(&parser);
		fxParserBind(&parser);
		script = fxParserCode(&parser);
	}
	fclose(file);
	fxTerminateParser(&parser);
	return script;
}

static void writeEntry(FILE* output, const char* name, txScript* script)
{
	writeSize(output, strlen(name) + 1);
	fwrite(name, strlen(name) + 1, 1, output);
	writeSize(output, script->symbolsSize);
	fwrite(script->symbolsBuffer, script->symbolsSize, 1, output);
	writeSize(output, script->codeSize);
	fwrite(script->codeBuffer, script->codeSize, 1, output);
}

static void writeSize(FILE* output, size_t size)
{
	fputc(size & 0xff, output);
	fputc((size >> 8) & 0xff, output);
	fputc((size >> 16) & 0xff, output);
	fputc((size >> 24) & 0xff, output);
}
