// SPDX-License-Identifier: BSD-2-Clause
// Writes trace-cmd.dat.v6(5). By hand, since the library's public interface only reads such files.
#include "bench/trace/dat.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench/trace/events.h"
#include "lib/cpulist.h"
#include "lib/fd.h"
#include "lib/log.h"

#define COMM_BYTES 24
#define OPTION_DONE 0u
#define OPTION_TRACECLOCK 4u

/* What one CPU's buffer had after one run. */
struct chunk {
	unsigned cpu;
	off_t at; /* in the spool */
	size_t len;
};

struct task {
	int pid;
	char comm[COMM_BYTES];
};

struct dat {
	char instance[PATH_MAX];
	int spool;
	off_t end; /* of what is in the spool */
	unsigned cpus;
	size_t page_bytes;
	char *page;
	struct chunk *chunk;
	size_t chunks;
	struct task *task;
	size_t tasks;
	int err; /* the first one */
	void *map;
	size_t mapped;
};

static unsigned count_cpus(void)
{
	long n = sysconf(_SC_NPROCESSORS_CONF);

	return n < 1 ? 1 : n > CPULIST_MAX ? CPULIST_MAX : (unsigned)n;
}

/* Nobody else is to see it, and it is gone with us. */
static int open_spool(const char *path)
{
	char name[PATH_MAX];
	int fd;

	if (snprintf(name, sizeof(name), "%s.XXXXXX", path) >= (int)sizeof(name))
		return -ENAMETOOLONG;
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(name);
	return fd;
}

struct dat *dat_open(const char *path, const char *instance)
{
	struct dat *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	snprintf(d->instance, sizeof(d->instance), "%s", instance);
	d->cpus = count_cpus();
	d->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
	d->page = malloc(d->page_bytes);
	d->spool = d->page ? open_spool(path) : -ENOMEM;
	if (d->spool >= 0)
		return d;
	log_errno(d->spool, "--trace=%s", path);
	dat_close(d);
	return NULL;
}

void dat_close(struct dat *d)
{
	if (!d)
		return;
	if (d->map)
		munmap(d->map, d->mapped);
	if (d->spool >= 0)
		fd_close(&d->spool);
	free(d->page);
	free(d->chunk);
	free(d->task);
	free(d);
}

static int open_below(const struct dat *d, const char *name, int flags)
{
	char path[PATH_MAX + 64];

	snprintf(path, sizeof(path), "%s/%s", d->instance, name);
	return open(path, O_RDONLY | O_CLOEXEC | flags);
}

/* ---- taking ---- */

/* Room for one more behind `n`; NULL: there is no memory. */
static void *grown(void *list, size_t n, size_t bytes)
{
	return n % 64 ? list : realloc(list, (n + 64) * bytes);
}

static int add_chunk(struct dat *d, unsigned cpu, off_t at)
{
	struct chunk *more = grown(d->chunk, d->chunks, sizeof(*more));

	if (!more)
		return -ENOMEM;
	d->chunk = more;
	d->chunk[d->chunks++] = (struct chunk){ cpu, at, (size_t)(d->end - at) };
	return 0;
}

/* The kernel gives whole pages, one at a time. A CPU that never was has no file. */
static int take_cpu(struct dat *d, unsigned cpu)
{
	off_t at = d->end;
	char name[64];
	int fd, err = 0;
	ssize_t n;

	snprintf(name, sizeof(name), "per_cpu/cpu%u/trace_pipe_raw", cpu);
	fd = open_below(d, name, O_NONBLOCK);
	while (fd >= 0 && !err && (n = read(fd, d->page, d->page_bytes)) > 0) {
		if ((size_t)n < d->page_bytes)
			memset(d->page + n, 0, d->page_bytes - (size_t)n);
		err = fd_write_all(d->spool, d->page, d->page_bytes);
		d->end += (off_t)d->page_bytes;
	}
	fd_close(&fd);
	return err || at == d->end ? err : add_chunk(d, cpu, at);
}

static int add_task(struct dat *d, const struct task *t)
{
	struct task *more = grown(d->task, d->tasks, sizeof(*more));
	size_t i = 0;

	if (!more)
		return -ENOMEM;
	d->task = more;
	while (i < d->tasks && d->task[i].pid != t->pid)
		i++;
	d->task[i] = *t;
	d->tasks += i == d->tasks;
	return 0;
}

/* The kernel keeps few names, and threads come and go with each run. */
static int take_names(struct dat *d)
{
	int fd = open_below(d, "../../saved_cmdlines", 0), err = 0;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	struct task t;

	while (f && !err && fscanf(f, "%d %23[^\n]", &t.pid, t.comm) == 2)
		err = add_task(d, &t);
	if (f)
		fclose(f);
	return err;
}

void dat_take(struct dat *d)
{
	for (unsigned cpu = 0; cpu < d->cpus && !d->err; cpu++)
		d->err = take_cpu(d, cpu);
	if (!d->err)
		d->err = take_names(d);
}

/* ---- the file ---- */

static void put(FILE *to, const void *what, size_t bytes)
{
	fwrite(what, bytes, 1, to);
}

static void put_word(FILE *to, const char *word)
{
	put(to, word, strlen(word) + 1);
}

static void put_16(FILE *to, uint16_t v)
{
	put(to, &v, sizeof(v));
}

static void put_32(FILE *to, uint32_t v)
{
	put(to, &v, sizeof(v));
}

static void put_64(FILE *to, uint64_t v)
{
	put(to, &v, sizeof(v));
}

/* A file of the kernel's behind its size, which has 4 or 8 bytes. What is not there is empty. */
static int put_fd(FILE *to, int fd, unsigned size_bytes)
{
	char *text = NULL, buf[4096];
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	ssize_t n;

	while (f && fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		fwrite(buf, (size_t)n, 1, f);
	fd_close(&fd);
	if (!f || fclose(f) == EOF)
		return -ENOMEM;
	if (size_bytes == 8)
		put_64(to, len);
	else
		put_32(to, (uint32_t)len);
	put(to, text, len);
	free(text);
	return 0;
}

static int put_below(FILE *to, const struct dat *d, const char *name, unsigned size_bytes)
{
	return put_fd(to, open_below(d, name, 0), size_bytes);
}

static bool has_format(const struct dat *d, const char *event, char name[96])
{
	int fd;

	snprintf(name, 96, "events/%s/format", event);
	fd = open_below(d, name, 0);
	if (fd < 0)
		return false;
	fd_close(&fd);
	return true;
}

/* Of the kernel's own events, the only one that gets into the buffer is the mark. */
static int put_own_formats(FILE *to, const struct dat *d)
{
	char name[96];
	bool there = has_format(d, "ftrace/print", name);

	put_32(to, there);
	return there ? put_below(to, d, name, 8) : 0;
}

/* Of one system: "sched" of "sched/sched_switch". Its first event is `first`. */
static int put_system(FILE *to, const struct dat *d, size_t first)
{
	size_t len = strcspn(trace_event_names[first], "/");
	char name[96];
	uint32_t n = 0;
	int err = 0;

	fwrite(trace_event_names[first], len, 1, to);
	put(to, "", 1);
	for (size_t i = 0; i < TRACE_EVENTS; i++)
		n += trace_same_system(i, first) && has_format(d, trace_event_names[i], name);
	put_32(to, n);
	for (size_t i = 0; i < TRACE_EVENTS && !err; i++)
		if (trace_same_system(i, first) && has_format(d, trace_event_names[i], name))
			err = put_below(to, d, name, 8);
	return err;
}

static bool begins_system(size_t i)
{
	return i == 0 || !trace_same_system(i, i - 1);
}

static int put_formats(FILE *to, const struct dat *d)
{
	uint32_t systems = 0;
	int err = 0;

	for (size_t i = 0; i < TRACE_EVENTS; i++)
		systems += begins_system(i);
	put_32(to, systems);
	for (size_t i = 0; i < TRACE_EVENTS && !err; i++)
		if (begins_system(i))
			err = put_system(to, d, i);
	return err;
}

static int put_names(FILE *to, const struct dat *d)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	for (size_t i = 0; f && i < d->tasks; i++)
		fprintf(f, "%d %s\n", d->task[i].pid, d->task[i].comm);
	if (!f || fclose(f) == EOF)
		return -ENOMEM;
	put_64(to, len);
	put(to, text, len);
	free(text);
	return 0;
}

static int put_options(FILE *to, const struct dat *d)
{
	int err;

	put_word(to, "options  ");
	put_16(to, OPTION_TRACECLOCK);
	err = put_below(to, d, "trace_clock", 4);
	put_16(to, OPTION_DONE);
	return err;
}

static int put_header(FILE *to, const struct dat *d)
{
	int err;

	put(to, "\x17\x08\x44tracing", 10);
	put_word(to, "6");
	put(to, "\0\10", 2); /* little-endian; bytes of a long */
	put_32(to, (uint32_t)d->page_bytes);
	put_word(to, "header_page");
	err = put_below(to, d, "events/header_page", 8);
	put_word(to, "header_event");
	err = err ? err : put_below(to, d, "events/header_event", 8);
	err = err ? err : put_own_formats(to, d);
	err = err ? err : put_formats(to, d);
	err = err ? err : put_fd(to, open("/proc/kallsyms", O_RDONLY | O_CLOEXEC), 4);
	put_32(to, 0); /* trace_printk()'s formats: nobody's that is traced here */
	err = err ? err : put_names(to, d);
	put_32(to, d->cpus);
	return err ? err : put_options(to, d);
}

static size_t cpu_bytes(const struct dat *d, unsigned cpu)
{
	size_t bytes = 0;

	for (size_t i = 0; i < d->chunks; i++)
		bytes += d->chunk[i].cpu == cpu ? d->chunk[i].len : 0;
	return bytes;
}

/* Where each CPU's pages are, which begin at the first page behind this. */
static void put_table(FILE *to, const struct dat *d)
{
	uint64_t at;

	put_word(to, "flyrecord");
	at = (uint64_t)ftell(to) + d->cpus * 16ull;
	at += -at % d->page_bytes;
	for (unsigned cpu = 0; cpu < d->cpus; cpu++) {
		put_64(to, at);
		put_64(to, cpu_bytes(d, cpu));
		at += cpu_bytes(d, cpu);
	}
	while ((uint64_t)ftell(to) % d->page_bytes)
		put(to, "", 1);
}

static int copy_chunk(const struct dat *d, const struct chunk *c)
{
	int err = 0;

	for (size_t done = 0; done < c->len && !err; done += d->page_bytes) {
		ssize_t n = pread(d->spool, d->page, d->page_bytes, c->at + (off_t)done);

		err = n < 0			  ? -errno
		      : (size_t)n < d->page_bytes ? -EIO
						  : fd_write_all(d->spool, d->page, d->page_bytes);
	}
	return err;
}

/* Behind what was taken, in the spool. */
static int write_whole(const struct dat *d, const char *header, size_t len)
{
	int err = fd_write_all(d->spool, header, len);

	for (unsigned cpu = 0; cpu < d->cpus; cpu++)
		for (size_t i = 0; i < d->chunks && !err; i++)
			if (d->chunk[i].cpu == cpu)
				err = copy_chunk(d, &d->chunk[i]);
	return err;
}

static int make_header(const struct dat *d, char **text, size_t *len)
{
	FILE *to = open_memstream(text, len);
	int err = to ? put_header(to, d) : -ENOMEM;

	if (!err)
		put_table(to, d);
	if (to && fclose(to) == EOF && !err)
		err = -ENOMEM;
	return err;
}

int dat_whole(struct dat *d, const char **text, size_t *len)
{
	char *header = NULL;
	size_t header_len = 0;

	if (!d->err)
		d->err = make_header(d, &header, &header_len);
	if (!d->err)
		d->err = write_whole(d, header, header_len);
	free(header);
	if (d->err)
		return d->err;
	d->mapped = (size_t)(lseek(d->spool, 0, SEEK_END) - d->end);
	d->map = mmap(NULL, d->mapped, PROT_READ, MAP_PRIVATE, d->spool, d->end);
	if (d->map == MAP_FAILED) {
		d->map = NULL;
		return d->err = -errno;
	}
	*text = d->map;
	*len = d->mapped;
	return 0;
}
