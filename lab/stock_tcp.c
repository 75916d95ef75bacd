// SPDX-License-Identifier: BSD-2-Clause
// What a stock Linux guest does for `bench tcp`.
#include "lab/stock_tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/stat/hist.h"
#include "bench/tcp/said.h"
#include "bench/tcp/tcp.h"
#include "lab/stock_net.h"
#include "lab/stock_say.h"
#include "lib/clock.h"
#include "lib/fd.h"
#include "lib/log.h"
#include "tandem/shared.h"

#define PORT 5001
#define PIECE 65536u
/* The stream repeats itself after so many bytes. */
#define PATTERN_BYTES 65536u
#define CHECKED 8u /* bytes at each end of a piece */
#define LOOK_MS 10u
#define FLOWS_MAX (TCP_STREAMS_MAX + 1) /* the last one echoes */

/* What a connection is for: its first byte. On the first one guest a then tells guest b more. */
enum { TELL = 't', STREAM = 's', ECHO = 'e' };
enum { BEGIN = 'b', END = 'e', OVER = 'o' };

/* One connection, and the process of its own that writes to it, reads from it or echoes. */
struct connection {
	int fd;
	pid_t pid;
};

/* What those processes share with the first one. */
struct counts {
	bool stop;
	uint64_t moved[FLOWS_MAX], corrupt[FLOWS_MAX], out_of_order[FLOWS_MAX];
};

struct run {
	const struct tcp_work *work;
	struct stock_say say;
	struct counts *counts;
	struct connection flow[FLOWS_MAX];
	unsigned flows;
	struct hist *hist;
	uint8_t *pattern; /* made before anything is measured */
};

/* ---- the stream's bytes */

/* Eight bytes that are nowhere else in the pattern, over and over. */
static void fill_pattern(uint8_t *to, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++) {
		uint64_t word = (i % PATTERN_BYTES / 8 + 1) * 0x9e3779b97f4a7c15u;

		to[i] = (uint8_t)(word >> i % 8 * 8);
	}
}

/* At least `more` bytes from any place in the pattern on; NULL: no memory. */
static uint8_t *make_pattern(size_t more)
{
	uint8_t *pattern = malloc(PATTERN_BYTES + more);

	if (pattern)
		fill_pattern(pattern, PATTERN_BYTES + more);
	return pattern;
}

/* Both ends of a piece that came from `at` on. */
static bool is_as_sent(const uint8_t *pattern, uint64_t at, const uint8_t *piece, size_t n)
{
	const uint8_t *want = pattern + at % PATTERN_BYTES;
	size_t some = n < CHECKED ? n : CHECKED;

	return memcmp(want, piece, some) == 0 &&
	       memcmp(want + n - some, piece + n - some, some) == 0;
}

/* A process of its own: writes until it is told to stop. */
static void write_stream(const struct run *r, unsigned i)
{
	uint64_t *moved = &r->counts->moved[i];
	int fd = r->flow[i].fd;
	ssize_t n = 0;

	while (n >= 0 && !shared_load(&r->counts->stop)) {
		n = write(fd, r->pattern + *moved % PATTERN_BYTES, r->work->size);
		if (n > 0)
			shared_store(moved, *moved + (uint64_t)n);
	}
	shutdown(fd, SHUT_WR);
	/* Until guest b has all of it. */
	while (read(fd, &(char){ 0 }, 1) > 0)
		;
}

/* A process of its own: reads and checks until nothing more comes. */
static void read_stream(const struct run *r, unsigned i)
{
	uint64_t *moved = &r->counts->moved[i];
	uint8_t *piece = malloc(PIECE);
	ssize_t n;

	while (piece && (n = read(r->flow[i].fd, piece, PIECE)) > 0) {
		r->counts->corrupt[i] += !is_as_sent(r->pattern, *moved, piece, (size_t)n);
		shared_store(moved, *moved + (uint64_t)n);
	}
	r->counts->out_of_order[i] = stock_say_info(r->flow[i].fd).tcpi_rcv_ooopack;
}

/* The same: sends back what comes. */
static void echo(const struct run *r, unsigned i)
{
	char piece[64];
	ssize_t n;

	while ((n = read(r->flow[i].fd, piece, sizeof(piece))) > 0)
		if (fd_write_all(r->flow[i].fd, piece, (size_t)n) < 0)
			return;
}

static int start(struct run *r, unsigned i, void (*fn)(const struct run *r, unsigned i))
{
	pid_t pid = fork();

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		fn(r, i);
		_exit(0);
	}
	r->flow[i].pid = pid;
	return 0;
}

/* Their sockets stay. */
static void join(const struct run *r)
{
	for (unsigned i = 0; i < r->flows; i++)
		if (r->flow[i].pid > 0)
			waitpid(r->flow[i].pid, NULL, 0);
}

static uint64_t sum_of(const uint64_t v[FLOWS_MAX])
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < FLOWS_MAX; i++)
		sum += v[i];
	return sum;
}

/* ---- guest a */

static int connect_as(char kind)
{
	int fd = stock_net_connect(PORT), err = 0, on = 1;

	if (fd < 0)
		return fd;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	err = fd_write_all(fd, &kind, 1);
	if (err)
		fd_close(&fd);
	return err ? err : fd;
}

static void pause_ms(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000l };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

static int begin(struct run *r, int tell, enum said_phase phase)
{
	stock_say_begin(&r->say, phase);
	return fd_write_all(tell, &(char){ BEGIN }, 1);
}

static int end(struct run *r, int tell, enum said_phase phase)
{
	stock_say_end(&r->say, phase);
	return fd_write_all(tell, &(char){ END }, 1);
}

/* All are connected before the first writes: beside writers each connection would take longer. */
static int start_streams(struct run *r)
{
	int err = 0;

	for (; r->flows < r->work->streams && !err; r->flows++) {
		r->flow[r->flows].fd = connect_as(STREAM);
		err = r->flow[r->flows].fd < 0 ? r->flow[r->flows].fd : 0;
	}
	for (unsigned i = 0; i < r->flows && !err; i++)
		err = start(r, i, write_stream);
	return err;
}

static uint64_t acknowledged(const struct run *r)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < r->flows; i++)
		sum += stock_say_info(r->flow[i].fd).tcpi_bytes_acked;
	return sum;
}

/* Until the window is over, and once at least: what each connection takes for its round trip. */
static void sample_rtt(struct run *r)
{
	uint64_t over = r->say.from.ns + r->work->duration_ms * 1000000ull;

	do {
		pause_ms(LOOK_MS);
		for (unsigned i = 0; i < r->flows; i++)
			hist_add(r->hist, stock_say_info(r->flow[i].fd).tcpi_rtt * 1000ull);
	} while (clock_mono_ns() < over);
}

static int measure_stream(struct run *r, int tell)
{
	uint64_t before;
	int err = start_streams(r);

	if (err)
		return err;
	pause_ms(r->work->warmup_ms);
	err = begin(r, tell, SAID_STREAM);
	before = acknowledged(r);
	if (!err)
		sample_rtt(r);
	r->say.value[SAID_STREAM_BYTES] = acknowledged(r) - before;
	if (!err)
		err = end(r, tell, SAID_STREAM);
	stock_say_rtt(&r->say, r->hist);
	return err;
}

static int stream(struct run *r, int tell)
{
	int err = measure_stream(r, tell);

	shared_store(&r->counts->stop, true);
	join(r);
	for (unsigned i = 0; i < r->flows; i++) {
		stock_say_connection(&r->say, r->flow[i].fd);
		fd_close(&r->flow[i].fd);
	}
	r->say.value[SAID_SENT] = sum_of(r->counts->moved);
	return err;
}

/* One round trip, of a byte that is another each time. */
static int trip(struct run *r, int fd, uint8_t sent)
{
	uint64_t start = clock_mono_ns();
	uint8_t got;
	ssize_t n;

	if (write(fd, &sent, 1) != 1)
		return -EPIPE;
	n = read(fd, &got, 1);
	if (n != 1)
		return -EPIPE;
	hist_add(r->hist, clock_mono_ns() - start);
	r->say.value[SAID_CORRUPT] += got != sent;
	return 0;
}

static int trip_for(struct run *r, int fd, unsigned ms)
{
	uint64_t over = clock_mono_ns() + ms * 1000000ull;
	uint8_t next = 0;
	int err = 0;

	*r->hist = (struct hist){ 0 };
	while (!err && clock_mono_ns() < over)
		err = trip(r, fd, next++);
	return err;
}

static int rr(struct run *r, int tell)
{
	int fd = connect_as(ECHO), err = fd < 0 ? fd : trip_for(r, fd, r->work->warmup_ms);

	if (!err)
		err = begin(r, tell, SAID_RR);
	if (!err)
		err = trip_for(r, fd, r->work->duration_ms);
	if (!err)
		err = end(r, tell, SAID_RR);
	stock_say_trips(&r->say, r->hist);
	fd_close(&fd);
	return err;
}

/* Guest b has taken note when it closes its end. */
static void wait_for_b(int tell)
{
	char byte = OVER;

	if (fd_write_all(tell, &byte, 1) == 0)
		while (read(tell, &byte, 1) > 0)
			;
}

static int run_a(struct run *r)
{
	int tell = connect_as(TELL), err = tell < 0 ? tell : stream(r, tell);

	if (!err)
		err = rr(r, tell);
	if (!err)
		wait_for_b(tell);
	fd_close(&tell);
	return err;
}

/* ---- guest b */

/* Of the first connection: what guest a begins and ends. false: it is over. */
static bool take_note(struct run *r, int tell, enum said_phase *phase)
{
	char byte;

	if (read(tell, &byte, 1) != 1 || byte == OVER)
		return false;
	if (byte == BEGIN) {
		stock_say_begin(&r->say, *phase);
	} else {
		stock_say_end(&r->say, *phase);
		*phase = SAID_RR;
	}
	return true;
}

static int take_connection(struct run *r, int door, int *tell)
{
	int fd = accept4(door, NULL, NULL, SOCK_CLOEXEC), on = 1;
	char kind;

	if (fd < 0 || read(fd, &kind, 1) != 1) {
		fd_close(&fd);
		return -EPIPE;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (kind == TELL) {
		*tell = fd;
		return 0;
	}
	if (r->flows == FLOWS_MAX) {
		fd_close(&fd);
		return -EMFILE;
	}
	r->flow[r->flows].fd = fd;
	return start(r, r->flows++, kind == STREAM ? read_stream : echo);
}

/* Whoever serves it has the connection; were it open here, too, its end would never be seen. */
static void let_go(struct run *r)
{
	fd_close(&r->flow[r->flows - 1].fd);
}

static int serve(struct run *r, int door)
{
	struct pollfd p[] = { { .fd = door, .events = POLLIN }, { .fd = -1, .events = POLLIN } };
	enum said_phase phase = SAID_STREAM;
	int tell = -1, err = 0;

	for (bool on = true; on && !err; p[1].fd = tell) {
		unsigned flows = r->flows;

		if (poll(p, 2, -1) < 0)
			err = -errno;
		else if (p[0].revents)
			err = take_connection(r, door, &tell);
		else
			on = take_note(r, tell, &phase);
		if (r->flows > flows)
			let_go(r);
	}
	join(r);
	r->say.value[SAID_RECEIVED] = sum_of(r->counts->moved);
	r->say.value[SAID_CORRUPT] = sum_of(r->counts->corrupt);
	r->say.value[SAID_OUT_OF_ORDER] = sum_of(r->counts->out_of_order);
	fd_close(&tell);
	return err;
}

static int run_b(struct run *r)
{
	int door = stock_net_listen(PORT), err = door < 0 ? door : serve(r, door);

	fd_close(&door);
	return err;
}

int stock_tcp_run(int guest, const struct tcp_work *work)
{
	struct run r = { .work = work, .say.side = guest == 'a' ? SIDE_A : SIDE_B };
	int err;

	signal(SIGPIPE, SIG_IGN);
	r.counts = mmap(NULL, sizeof(*r.counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	r.hist = calloc(1, sizeof(*r.hist));
	r.pattern = make_pattern(work->size > PIECE ? work->size : PIECE);
	if (r.counts == MAP_FAILED || !r.hist || !r.pattern)
		return log_errno(-ENOMEM, "guest: tcp");
	err = guest == 'a' ? run_a(&r) : run_b(&r);
	stock_say_kernel(&r.say);
	if (!err)
		stock_say_all(&r.say);
	free(r.hist);
	free(r.pattern);
	munmap(r.counts, sizeof(*r.counts));
	return err ? log_errno(err, "guest: tcp") : 0;
}
