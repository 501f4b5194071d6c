/*
 * The Chebyshev kernel as a Node-API addon: the same core as on the node, with limbs of 64 bits. The few declarations of
 * Node-API that it needs (a stable ABI) stand here, so that no header of Node has to be installed.
 */
#include "chebyshev-core.h"

#include <stdbool.h>

typedef struct NapiEnv* Env;
typedef struct NapiValue* Value;
typedef struct NapiInfo* Info;
typedef Value (*Callback)(Env env, Info info);

extern int napi_create_function(Env env, const char* name, size_t length, Callback callback, void* data, Value* result);
extern int napi_set_named_property(Env env, Value object, const char* name, Value value);
extern int napi_get_cb_info(Env env, Info info, size_t* count, Value* arguments, Value* self, void** data);
extern int napi_get_value_int32(Env env, Value value, int32_t* result);
extern int napi_get_typedarray_info(Env env, Value array, int* type, size_t* length, void** data, Value* buffer, size_t* offset);
extern int napi_get_boolean(Env env, bool value, Value* result);
extern int napi_throw_range_error(Env env, const char* code, const char* message);

#define ARGUMENTS_MAX 4
#define UINT8_ARRAY 1

/* the octets of an argument if it is a Uint8Array of this length, else NULL */
static uint8_t* octets(Env env, Value value, size_t length)
{
	int type;
	size_t actual;
	void* data;
	if (napi_get_typedarray_info(env, value, &type, &actual, &data, NULL, NULL) || type != UINT8_ARRAY || actual != length)
		return NULL;
	return data;
}

/* operation (suite, out, secret or x, x): 0 public value, 1 shared value, 2 evaluation, 3 membership (suite, x) */
static Value call(Env env, Info info)
{
	Value arguments[ARGUMENTS_MAX], result = NULL;
	size_t count = ARGUMENTS_MAX, length;
	void* data;
	int32_t suite = 0;
	uint8_t *out, *secret, *x;
	int operation, answer = 1;
	if (napi_get_cb_info(env, info, &count, arguments, NULL, &data))
		return NULL;
	operation = (int)(intptr_t)data;
	if (count < 2 || napi_get_value_int32(env, arguments[0], &suite) || !(length = chebyshevLength(suite))) {
		napi_throw_range_error(env, NULL, "no such suite");
		return NULL;
	}
	out = octets(env, arguments[1], length);
	secret = operation == 3 ? out : count < 3 ? NULL : octets(env, arguments[2], CHEBYSHEV_SECRET_LENGTH);
	x = operation == 0 || operation == 3 ? out : count < 4 ? NULL : octets(env, arguments[3], length);
	if (!out || !secret || !x) {
		napi_throw_range_error(env, NULL, "wrong length");
		return NULL;
	}
	if (operation == 0)
		chebyshevPublicValue(suite, out, secret);
	else if (operation == 1)
		answer = chebyshevSharedValue(suite, out, secret, x);
	else if (operation == 2)
		chebyshevEvaluate(suite, out, secret, x);
	else
		answer = chebyshevIsMember(suite, out);
	napi_get_boolean(env, answer != 0, &result);
	return result;
}

__attribute__((visibility("default"))) Value napi_register_module_v1(Env env, Value exports)
{
	static const char* const names[] = { "publicValue", "sharedValue", "evaluate", "isMember" };
	size_t i;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		Value function;
		if (napi_create_function(env, names[i], (size_t)-1, call, (void*)(intptr_t)i, &function)
				|| napi_set_named_property(env, exports, names[i], function))
			return NULL;
	}
	return exports;
}
