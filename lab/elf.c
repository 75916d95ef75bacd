// SPDX-License-Identifier: BSD-2-Clause
// Executables and the shared libraries they take along into the initramfs.
#include "lab/elf.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lab/file.h"
#include "lib/log.h"

#define DEPTH_MAX 8 /* of libraries that name libraries */

struct elf {
	char *data;
	size_t len;
	const Elf64_Ehdr *eh;
};

static bool is_elf(const char *data, size_t len)
{
	return len >= sizeof(Elf64_Ehdr) && !memcmp(data, ELFMAG, SELFMAG) &&
	       data[EI_CLASS] == ELFCLASS64 && data[EI_DATA] == ELFDATA2LSB;
}

/* A piece of the file, NULL where it ends too early: it may be truncated or hostile. */
static const void *piece(const struct elf *e, uint64_t off, uint64_t len)
{
	return off <= e->len && len <= e->len - off ? e->data + off : NULL;
}

static const Elf64_Phdr *segment(const struct elf *e, uint32_t type)
{
	unsigned int i;

	for (i = 0; i < e->eh->e_phnum; i++) {
		const Elf64_Phdr *ph = piece(e, e->eh->e_phoff + i * sizeof(*ph), sizeof(*ph));

		if (ph && ph->p_type == type)
			return ph;
	}
	return NULL;
}

/* The file offset of a virtual address; beyond the file when no segment has it. */
static uint64_t offset_of(const struct elf *e, uint64_t addr)
{
	unsigned int i;

	for (i = 0; i < e->eh->e_phnum; i++) {
		const Elf64_Phdr *ph = piece(e, e->eh->e_phoff + i * sizeof(*ph), sizeof(*ph));

		if (ph && ph->p_type == PT_LOAD && addr >= ph->p_vaddr &&
		    addr - ph->p_vaddr < ph->p_filesz)
			return ph->p_offset + (addr - ph->p_vaddr);
	}
	return UINT64_MAX;
}

/* lab_fd_read() and friends put a 0 after the file, so a string always ends. */
static const char *string_at(const struct elf *e, uint64_t off)
{
	return piece(e, off, 1);
}

int lab_elf_machine(const char *path)
{
	Elf64_Ehdr eh;
	FILE *f = fopen(path, "re");
	size_t n;

	if (!f)
		return -errno;
	n = fread(&eh, sizeof(eh), 1, f);
	fclose(f);
	return n == 1 && is_elf((const char *)&eh, sizeof(eh)) ? eh.e_machine : 0;
}

/* Finds a library where a system keeps those of `arch`, its own or foreign. */
static int find_library(const struct lab_arch *arch, const char *name, struct lab_path *found)
{
	static const char *const dirs[] = {
		"/lib/%s-linux-gnu",
		"/usr/lib/%s-linux-gnu",
		"/usr/%s-linux-gnu/lib",
		"/lib64",
		"/usr/lib64",
		"/usr/lib",
		"/usr/local/lib",
	};
	const char *cpu = arch->elf_machine == EM_AARCH64 ? "aarch64" : "x86_64";
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		const char *star = strstr(dirs[i], "%s");
		struct lab_path dir = lab_path("%s", dirs[i]);

		if (star)
			dir = lab_path("%.*s%s%s", (int)(star - dirs[i]), dirs[i], cpu, star + 2);
		*found = lab_path("%s/%s", dir.s, name);
		if (lab_elf_machine(found->s) == arch->elf_machine)
			return 0;
	}
	return -ENOENT;
}

static int add(struct lab_cpio *c, const struct lab_arch *arch, const char *host, const char *guest,
	       int depth);

static int add_library(struct lab_cpio *c, const struct lab_arch *arch, const char *name,
		       const char *guest, const char *user, int depth)
{
	struct lab_path lib;

	if (find_library(arch, name, &lib)) {
		log_error("lab: %s needs %s: no %s library of that name here; link it statically "
			  "(./configure --enable-static)",
			  user, name, arch->name);
		return -ENOENT;
	}
	return add(c, arch, lib.s, guest, depth + 1);
}

static int add_needed(struct lab_cpio *c, const struct lab_arch *arch, const struct elf *e,
		      const char *user, int depth)
{
	const Elf64_Phdr *ph = segment(e, PT_DYNAMIC);
	uint64_t i, n = ph ? ph->p_filesz / sizeof(Elf64_Dyn) : 0, names = UINT64_MAX;
	const Elf64_Dyn *dyn = n ? piece(e, ph->p_offset, n * sizeof(*dyn)) : NULL;
	int err = 0;

	for (i = 0; dyn && i < n; i++)
		if (dyn[i].d_tag == DT_STRTAB)
			names = offset_of(e, dyn[i].d_un.d_ptr);
	for (i = 0; dyn && i < n && !err && dyn[i].d_tag != DT_NULL; i++) {
		const char *name = dyn[i].d_tag == DT_NEEDED && names != UINT64_MAX
					   ? string_at(e, names + dyn[i].d_un.d_val)
					   : NULL;

		if (name)
			err = add_library(c, arch, name, lab_path("/lib/%s", name).s, user, depth);
	}
	return err;
}

static int add_interpreter(struct lab_cpio *c, const struct lab_arch *arch, const struct elf *e,
			   const char *user, int depth)
{
	const Elf64_Phdr *ph = segment(e, PT_INTERP);
	const char *path = ph ? string_at(e, ph->p_offset) : NULL;
	const char *name = path ? strrchr(path, '/') : NULL;

	/* It keeps its own path: the kernel opens exactly that. */
	return name ? add_library(c, arch, name + 1, path, user, depth) : 0;
}

static int add(struct lab_cpio *c, const struct lab_arch *arch, const char *host, const char *guest,
	       int depth)
{
	struct elf e = { 0 };
	struct stat st;
	int err = lab_file_read(host, &e.data, &e.len);

	if (err || stat(host, &st))
		return log_errno(err ? err : -errno, "lab: %s: cannot read", host);
	e.eh = (const Elf64_Ehdr *)(const void *)e.data;
	lab_cpio_data(c, guest, st.st_mode & 0777, e.data, e.len);
	if (is_elf(e.data, e.len) && depth < DEPTH_MAX) {
		err = add_interpreter(c, arch, &e, host, depth);
		if (!err)
			err = add_needed(c, arch, &e, host, depth);
	}
	free(e.data);
	return err;
}

int lab_elf_add(struct lab_cpio *c, const struct lab_arch *arch, const char *host, const char *guest)
{
	return add(c, arch, host, guest, 0);
}
