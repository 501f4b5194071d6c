/*
 * The platform below XS 13.3: memory that is counted, modules out of a module image, promise jobs. No timers and no
 * input or output: those belong to the host that links this.
 */
#include "xsAll.h"
#include "xsScript.h"
#include "module-image.h"
#include "xs-host-platform-api.h"

extern void fxRemapIDs(txMachine* the, txByte* codeBuffer, txSize codeSize, txID* theIDs);

static void linkCode(txByte* code, txSize codeSize);
static void reportError(txMachine* the, txSlot* error, const char* what);

/* MEMORY */

void fxCreateMachinePlatform(txMachine* the)
{
	the->promiseJobs = 0;
}

void fxDeleteMachinePlatform(txMachine* the)
{
}

void* fxAllocateChunks(txMachine* the, txSize size)
{
	void* chunks = c_malloc(size);
	if (chunks)
		the->chunkBytes += size;
	return chunks;
}

void fxFreeChunks(txMachine* the, void* chunks)
{
	c_free(chunks);
}

txSlot* fxAllocateSlots(txMachine* the, txSize count)
{
	txSlot* slots = (txSlot*)c_malloc(count * sizeof(txSlot));
	if (slots)
		the->slotBytes += count * sizeof(txSlot);
	return slots;
}

void fxFreeSlots(txMachine* the, void* slots)
{
	c_free(slots);
}

/* MODULES */

txID fxFindModule(txMachine* the, txSlot* realm, txID moduleID, txSlot* slot)
{
	char name[C_PATH_MAX];
	fxToStringBuffer(the, slot, name, sizeof(name));
	if (!the->moduleImage || !moduleImageFind(the->moduleImage, name))
		return XS_NO_ID;
	return fxNewNameC(the, name);
}

/*
 * What the SDK's linker does at build time: the module's own symbols become the machine's identifiers, and functions
 * and strings become references into the code instead of copies in the heap.
 */
void fxLoadModule(txMachine* the, txSlot* module, txID moduleID)
{
	ModuleImageEntry* entry = moduleImageFind(the->moduleImage, fxGetKeyName(the, moduleID));
	txScript script;
	if (!entry)
		return;
	if (!entry->linked) {
		txByte* p = (txByte*)entry->symbols;
		txID count, i;
		txID* ids;
		mxDecodeID(p, count);
		ids = c_malloc(count * sizeof(txID));
		if (!ids)
			fxAbort(the, XS_NOT_ENOUGH_MEMORY_EXIT);
		ids[0] = XS_NO_ID;
		for (i = 1; i < count; i++) {
			ids[i] = fxNewNameX(the, (txString)p);
			p += mxStringLength((char*)p) + 1;
		}
		fxRemapIDs(the, (txByte*)entry->code, entry->codeSize, ids);
		c_free(ids);
		linkCode((txByte*)entry->code, entry->codeSize);
		entry->linked = 1;
	}
	c_memset(&script, 0, sizeof(script));
	script.codeBuffer = (txByte*)entry->code;
	script.codeSize = entry->codeSize;
	script.path = (txString)entry->name;
	script.version[0] = XS_MAJOR_VERSION;
	script.version[1] = XS_MINOR_VERSION;
	script.version[2] = XS_PATCH_VERSION;
	fxResolveModule(the, module, moduleID, &script, C_NULL, C_NULL);
}

static void linkCode(txByte* code, txSize codeSize)
{
	const txS1* sizes = gxCodeSizes;
	txByte* p = code;
	txByte* q = code + codeSize;
	while (p < q) {
		txU1 opcode = *(txU1*)p;
		txS1 size = sizes[opcode];
		switch (opcode) {
		case XS_CODE_CODE_1: *p = (txByte)XS_CODE_CODE_ARCHIVE_1; break;
		case XS_CODE_CODE_2: *p = (txByte)XS_CODE_CODE_ARCHIVE_2; break;
		case XS_CODE_CODE_4: *p = (txByte)XS_CODE_CODE_ARCHIVE_4; break;
		case XS_CODE_STRING_1: *p = (txByte)XS_CODE_STRING_ARCHIVE_1; break;
		case XS_CODE_STRING_2: *p = (txByte)XS_CODE_STRING_ARCHIVE_2; break;
		case XS_CODE_STRING_4: *p = (txByte)XS_CODE_STRING_ARCHIVE_4; break;
		}
		p++;
		if (size > 0)
			p += size - 1;
		else if (size == 0)
			p += sizeof(txID);
		else if (size == -1)
			p += 1 + *(txU1*)p;
		else if (size == -2) {
			txU2 length;
			mxDecode2(p, length);
			p += length;
		}
		else {
			txS4 length;
			mxDecode4(p, length);
			p += length;
		}
	}
}

/* JOBS */

void fxQueuePromiseJobs(txMachine* the)
{
	the->promiseJobs = 1;
}

void xsHostRunJobs(void* machine)
{
	txMachine* the = machine;
	while (the->promiseJobs) {
		the->promiseJobs = 0;
		fxRunPromiseJobs(the);
		fxEndJob(the);
	}
	fxCheckUnhandledRejections(the, 1);
}

void xsHostSetImage(void* machine, ModuleImage* image)
{
	txMachine* the = machine;
	the->moduleImage = image;
}

static void fulfilled(txMachine* the)
{
}

static void rejected(txMachine* the)
{
	reportError(the, mxArgv(0), "the main module failed");
	exit(XS_HOST_EXIT_THROWN);
}

void xsHostImport(void* machine, const char* name)
{
	txMachine* the = machine;
	txSlot* realm = mxProgram.value.reference->next->value.module.realm;
	mxPushStringC((txString)name);
	fxRunImport(the, realm, XS_NO_ID);
	mxDub();
	fxGetID(the, mxID(_then));
	mxCall();
	fxNewHostFunction(the, fulfilled, 1, XS_NO_ID, XS_NO_ID);
	fxNewHostFunction(the, rejected, 1, XS_NO_ID, XS_NO_ID);
	mxRunCount(2);
	mxPop();
}

void xsHostMeasure(void* machine, XsHostMemory* memory)
{
	txMachine* the = machine;
	memory->chunkBytesUsed = the->currentChunksSize;
	memory->chunkBytesPeak = the->peakChunksSize;
	memory->slotsUsed = the->currentHeapCount;
	memory->slotsPeak = the->peakHeapCount;
	memory->slotBytes = sizeof(txSlot);
	memory->chunkBytesHeld = the->chunkBytes;
	memory->slotBytesHeld = the->slotBytes;
}

/* END */

/* XS calls this where it cannot go on, and after a promise was rejected that nobody listens to. */
void fxAbort(txMachine* the, int status)
{
	switch (status) {
	case XS_UNHANDLED_EXCEPTION_EXIT:
		reportError(the, &mxException, "unhandled exception");
		exit(XS_HOST_EXIT_THROWN);
	case XS_UNHANDLED_REJECTION_EXIT:
		reportError(the, &mxException, "unhandled rejection");
		exit(XS_HOST_EXIT_THROWN);
	case XS_STACK_OVERFLOW_EXIT:
		fprintf(stderr, "XS: stack overflow\n");
		break;
	case XS_NOT_ENOUGH_MEMORY_EXIT:
		fprintf(stderr, "XS: not enough memory: chunks %ld bytes, slots %ld\n", (long)the->currentChunksSize, (long)the->currentHeapCount);
		break;
	case XS_NO_MORE_KEYS_EXIT:
		fprintf(stderr, "XS: not enough keys\n");
		break;
	default:
		fprintf(stderr, "XS: aborted with status %d\n", status);
		break;
	}
	exit(XS_HOST_EXIT_ENGINE);
}

static void reportError(txMachine* the, txSlot* error, const char* what)
{
	mxTry(the) {
		mxPushSlot(error);
		mxGetID(mxID(_stack));
		if (the->stack->kind == XS_UNDEFINED_KIND)
			mxPushSlot(error);
		fprintf(stderr, "XS: %s: %s\n", what, fxToString(the, the->stack));
	}
	mxCatch(the) {
		fprintf(stderr, "XS: %s\n", what);
	}
}
