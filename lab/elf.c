// SPDX-License-Identifier: BSD-2-Clause
// Executables and the shared libraries they take along into the initramfs.
#include "lab/elf.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>
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
		"/lib", /* the lab's own initramfs */
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

/* What is being added, and who needs it. */
struct object {
	struct elf elf;
	const char *host, *guest;
	const char *paths; /* of its libraries, with colons between; NULL: none of its own */
	bool handed_down;  /* its libraries' libraries are looked for there, too: DT_RPATH */
	const struct object *user;
	int depth;
};

static int add(struct lab_cpio *c, const struct lab_arch *arch, struct object *o);

/* Without "." and ".." and double slashes. Nothing inside the lab is a link. */
static struct lab_path normalized(struct lab_path p)
{
	struct lab_path out = { "" };
	char *save, *name;

	for (name = strtok_r(p.s, "/", &save); name; name = strtok_r(NULL, "/", &save)) {
		char *slash = strrchr(out.s, '/');

		if (!strcmp(name, "..") && slash)
			*slash = '\0';
		else if (strcmp(name, ".") && strcmp(name, ".."))
			out = lab_path("%s/%s", out.s, name);
	}
	return out;
}

/*
 * One of o->paths for the file at `of`, which is `o` here or inside. "": no absolute path comes
 * out.
 */
static struct lab_path expanded(const char *entry, int len, const char *of)
{
	static const char *const origins[] = { "$ORIGIN", "${ORIGIN}" };
	struct lab_path p = lab_path("%.*s", len, entry);
	size_t i;

	for (i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
		size_t n = strlen(origins[i]);

		if (!strncmp(p.s, origins[i], n) && (p.s[n] == '/' || !p.s[n]))
			p = lab_path("%.*s/%.*s", (int)(strrchr(of, '/') - of), of, len - (int)n,
				     entry + n);
	}
	return *p.s == '/' && !strchr(p.s, '$') ? p : lab_path("%s", "");
}

/* In the directories that an executable names for its libraries itself. */
static bool find_named(const struct lab_arch *arch, const struct object *o, const char *name,
		       struct lab_path *host, struct lab_path *guest)
{
	const char *p = o->paths ? o->paths : "";

	for (; *p; p += *p == ':') {
		int len = (int)strcspn(p, ":");

		*host = expanded(p, len, o->host);
		*guest = expanded(p, len, o->guest);
		p += len;
		if (!*host->s || !*guest->s)
			continue;
		*host = lab_path("%s/%s", host->s, name);
		*guest = normalized(lab_path("%s/%s", guest->s, name));
		if (lab_elf_machine(host->s) == arch->elf_machine)
			return true;
	}
	return false;
}

/*
 * As ld.so(8) does it: by its own DT_RUNPATH, or by the DT_RPATH of all that led to it; then by the
 * system.
 */
static int find(const struct lab_arch *arch, const struct object *user, const char *name,
		struct lab_path *host, struct lab_path *guest)
{
	const struct object *o = user;

	for (; o; o = user->paths && !user->handed_down ? NULL : o->user)
		if ((o == user || o->handed_down) && find_named(arch, o, name, host, guest))
			return 0;
	*guest = lab_path("/lib/%s", name);
	return find_library(arch, name, host);
}

static int no_library(const struct lab_arch *arch, const char *name, const char *user)
{
	log_error("lab: %s needs %s: no %s library of that name here; link it statically "
		  "(./configure --enable-static)",
		  user, name, arch->name);
	return -ENOENT;
}

static const Elf64_Dyn *dynamic(const struct elf *e, uint64_t *n)
{
	const Elf64_Phdr *ph = segment(e, PT_DYNAMIC);

	*n = ph ? ph->p_filesz / sizeof(Elf64_Dyn) : 0;
	return *n ? piece(e, ph->p_offset, *n * sizeof(Elf64_Dyn)) : NULL;
}

/* The string of the first such entry at or behind *i, which is moved behind it. */
static const char *next_string(const struct elf *e, int64_t tag, uint64_t *i)
{
	uint64_t n, k, names = UINT64_MAX;
	const Elf64_Dyn *dyn = dynamic(e, &n);

	for (k = 0; dyn && k < n; k++)
		if (dyn[k].d_tag == DT_STRTAB)
			names = offset_of(e, dyn[k].d_un.d_ptr);
	for (; dyn && *i < n && dyn[*i].d_tag != DT_NULL && names != UINT64_MAX; ++*i)
		if (dyn[*i].d_tag == tag)
			return string_at(e, names + dyn[(*i)++].d_un.d_val);
	return NULL;
}

static void find_paths(struct object *o)
{
	uint64_t i = 0;

	o->paths = next_string(&o->elf, DT_RUNPATH, &i);
	if (o->paths)
		return;
	i = 0;
	o->paths = next_string(&o->elf, DT_RPATH, &i);
	o->handed_down = o->paths != NULL;
}

static int add_needed(struct lab_cpio *c, const struct lab_arch *arch, const struct object *o)
{
	struct lab_path host, guest;
	const char *name;
	uint64_t i = 0;
	int err = 0;

	while (!err && (name = next_string(&o->elf, DT_NEEDED, &i))) {
		struct object library = {
			.host = host.s, .guest = guest.s, .user = o, .depth = o->depth + 1
		};

		err = find(arch, o, name, &host, &guest) ? no_library(arch, name, o->host)
							 : add(c, arch, &library);
	}
	return err;
}

static int add_interpreter(struct lab_cpio *c, const struct lab_arch *arch, const struct object *o)
{
	const Elf64_Phdr *ph = segment(&o->elf, PT_INTERP);
	const char *path = ph ? string_at(&o->elf, ph->p_offset) : NULL;
	const char *name = path ? strrchr(path, '/') : NULL;
	struct lab_path host;
	/* It keeps its own path: the kernel opens exactly that. */
	struct object loader = { .host = host.s, .guest = path, .depth = o->depth + 1 };

	if (!name)
		return 0;
	if (find_library(arch, name + 1, &host))
		return no_library(arch, name + 1, o->host);
	return add(c, arch, &loader);
}

static int add(struct lab_cpio *c, const struct lab_arch *arch, struct object *o)
{
	struct elf *e = &o->elf;
	struct stat st;
	int err = lab_file_read(o->host, &e->data, &e->len);

	if (err || stat(o->host, &st))
		return log_errno(err ? err : -errno, "lab: %s: cannot read", o->host);
	e->eh = (const Elf64_Ehdr *)(const void *)e->data;
	lab_cpio_data(c, o->guest, st.st_mode & 0777, e->data, e->len);
	if (is_elf(e->data, e->len) && o->depth < DEPTH_MAX) {
		find_paths(o);
		err = add_interpreter(c, arch, o);
		if (!err)
			err = add_needed(c, arch, o);
	}
	free(e->data);
	return err;
}

int lab_elf_add(struct lab_cpio *c, const struct lab_arch *arch, const char *host,
		const char *guest)
{
	/* $ORIGIN is where the file is, not a link to it. */
	char *real = realpath(host, NULL);
	struct object o = { .host = real ? real : host, .guest = guest };
	int err = add(c, arch, &o);

	free(real);
	return err;
}
