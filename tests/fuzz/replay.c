// SPDX-License-Identifier: BSD-2-Clause
// Runs a fuzz target over files, without a fuzzer: one TAP line per input, as the other tests.
#include <dirent.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <unistd.h>

#include "tests/fuzz/fuzz.h"

#define INPUT_MAX (1u << 20)

static int replay(const char *path)
{
	static uint8_t buffer[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	uint8_t *exact;
	size_t n;

	if (!f)
		return -errno;
	n = fread(buffer, 1, sizeof(buffer), f);
	fclose(f);
	/* In a block of its own size, so that AddressSanitizer sees a read past the end. */
	exact = malloc(n ? n : 1);
	if (!exact)
		return -ENOMEM;
	memcpy(exact, buffer, n);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return 0;
}

static int one(unsigned number, const char *path)
{
	int err = replay(path);

	printf("%sok %u - %s\n", err ? "not " : "", number, path);
	fflush(stdout);
	return err;
}

/* The target's corpus: build/tests/fuzz-NAME reads tests/fuzz/corpus/NAME. */
static int replay_corpus(const char *program)
{
	const char *src = getenv("TANDEM_SRC"), *name = strrchr(program, '-');
	char path[PATH_MAX];
	struct dirent **entry;
	unsigned number = 0;
	int n, bad = 0;

	snprintf(path, sizeof(path), "%s/tests/fuzz/corpus/%s", src ? src : ".",
		 name ? name + 1 : program);
	if (chdir(path) < 0 || (n = scandir(".", &entry, NULL, alphasort)) < 0) {
		printf("Bail out! %s: %s\n", path, strerror(errno));
		return 1;
	}
	for (int i = 0; i < n; i++) {
		if (entry[i]->d_name[0] != '.')
			bad |= one(++number, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
	printf("1..%u\n", number);
	return bad || !number;
}

int main(int argc, char **argv)
{
	int bad = 0;

	/* What was begun is told even when the target ends the program. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2)
		return replay_corpus(basename(argv[0]));
	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++)
		bad |= one((unsigned)i, argv[i]);
	return bad != 0;
}
