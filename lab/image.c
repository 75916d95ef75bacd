// SPDX-License-Identifier: BSD-2-Clause
// Looks at a kernel image before it is booted.
#include "lab/image.h"

#include <elf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/file.h"
#include "lib/log.h"

/* Documentation/arch/x86/boot.rst */
#define X86_MAGIC_AT 0x202
#define X86_VERSION_AT 0x20e
#define X86_SETUP_SECTS_AT 0x1f1
#define X86_SYSSIZE_AT 0x1f4
/* Documentation/arch/arm64/booting.rst */
#define ARM64_MAGIC_AT 56
/* Both are PE programs too, for EFI: the header tells how long the file must be. */
#define PE_AT 0x3c
#define PE_SECTION_BYTES 40

struct bytes {
	const char *p;
	size_t len;
};

static uint32_t le(struct bytes b, size_t at, unsigned int n)
{
	uint32_t v = 0;

	while (n--)
		v = v << 8 | (at + n < b.len ? (uint8_t)b.p[at + n] : 0);
	return v;
}

static bool has(struct bytes b, size_t at, const char *magic)
{
	size_t n = strlen(magic);

	return b.len >= n && at <= b.len - n && !memcmp(b.p + at, magic, n);
}

/* The end of the last PE section; 0 when it is no PE file. */
static uint64_t pe_end(struct bytes b)
{
	size_t pe = le(b, PE_AT, 4), i, n, first;
	uint64_t end = 0;

	if (!has(b, pe, "PE"))
		return 0;
	n = le(b, pe + 6, 2);
	first = pe + 24 + le(b, pe + 20, 2);
	for (i = 0; i < n; i++) {
		size_t s = first + i * PE_SECTION_BYTES;
		uint64_t e = (uint64_t)le(b, s + 16, 4) + le(b, s + 20, 4);

		end = e > end ? e : end;
	}
	return end;
}

static uint64_t x86_end(struct bytes b)
{
	return 512 * ((uint64_t)le(b, X86_SETUP_SECTS_AT, 1) + 1) +
	       16 * (uint64_t)le(b, X86_SYSSIZE_AT, 4);
}

static int whole(const char *path, struct bytes b, uint64_t end)
{
	if (b.len >= end)
		return 0;
	log_error("lab: %s: truncated kernel image: %zu bytes of %llu; copy or build it again",
		  path, b.len, (unsigned long long)end);
	return -ENOEXEC;
}

/* "RELEASE (builder) ... #1 SMP ..." after `start`, into release and banner. */
static void version(struct bytes b, size_t start, struct lab_image *image)
{
	struct lab_path text =
		lab_path("%.*s", (int)(b.len - start < 500 ? b.len - start : 500), b.p + start);
	const char *hash = strchr(text.s, '#');

	snprintf(image->release, sizeof(image->release), "%.*s", (int)strcspn(text.s, " \n"),
		 text.s);
	snprintf(image->banner, sizeof(image->banner), "%.*s",
		 (int)(hash ? strcspn(hash, "\n") : 0), hash ? hash : "");
	image->rt = strstr(image->banner, "PREEMPT_RT") != NULL;
}

static int look_x86(const char *path, struct bytes b, struct lab_image *image)
{
	uint32_t at = le(b, X86_VERSION_AT, 2);

	image->arch = lab_arch_of_elf(EM_X86_64);
	if (at && at + 0x200 < b.len)
		version(b, at + 0x200, image);
	return whole(path, b, x86_end(b));
}

static int look_arm64(const char *path, struct bytes b, struct lab_image *image)
{
	static const char mark[] = "Linux version ";
	const char *p = b.p;
	size_t left = b.len;

	image->arch = lab_arch_of_elf(EM_AARCH64);
	/* The same words occur in a format string; the one with a digit after it is the banner. */
	while ((p = memmem(p, left, mark, sizeof(mark) - 1))) {
		p += sizeof(mark) - 1;
		left = b.len - (size_t)(p - b.p);
		if (left && *p >= '0' && *p <= '9') {
			version(b, (size_t)(p - b.p), image);
			break;
		}
	}
	return whole(path, b, pe_end(b));
}

static int look(const char *path, struct bytes b, struct lab_image *image)
{
	const char *why = "not a kernel image";

	if (has(b, X86_MAGIC_AT, "HdrS"))
		return look_x86(path, b, image);
	if (has(b, ARM64_MAGIC_AT, "ARM\x64"))
		return look_arm64(path, b, image);
	if (has(b, 4, "zimg") || has(b, 0, "\x1f\x8b"))
		why = "a compressed arm64 kernel";
	else if (has(b, 0, ELFMAG))
		why = "an ELF file, perhaps vmlinux";
	log_error("lab: %s: %s; give a bzImage (x86_64: arch/x86/boot/bzImage) or an Image (arm64: "
		  "arch/arm64/boot/Image)",
		  path, why);
	return -ENOEXEC;
}

int lab_image_look(const char *path, struct lab_image *image)
{
	char *data;
	size_t len;
	int err = lab_file_read(path, &data, &len);

	memset(image, 0, sizeof(*image));
	if (err)
		return log_errno(err, "lab: kernel %s: cannot read", path);
	err = look(path, (struct bytes){ data, len }, image);
	free(data);
	return err;
}
