/* SPDX-License-Identifier: MIT */
/* Options of the sanitizers in build/proot-sanitized; guests clear theirs. */

const char *__asan_default_options(void);
const char *__ubsan_default_options(void);

/* The view and the first command live until proot ends: no leaks. */
const char *__asan_default_options(void)
{
	return "detect_leaks=0:abort_on_error=1";
}

const char *__ubsan_default_options(void)
{
	return "halt_on_error=1:abort_on_error=1:print_stacktrace=1";
}
