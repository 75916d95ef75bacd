// SPDX-License-Identifier: BSD-2-Clause
// What a stock Linux guest does for `bench tcp`.
#include "lab/stock_tcp.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
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
#include "lab/file.h"
#include "lab/stock_counts.h"
#include "lab/stock_net.h"
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

/* What the kernel has counted, at one moment. */
struct moment {
	uint64_t ns, interrupts;
};

struct run {
	const struct tcp_work *work;
	unsigned side;
	struct counts *counts;
	struct connection flow[FLOWS_MAX];
	unsigned flows;
	uint64_t value[SAID_FIGURES];
	struct moment from;
	struct hist *hist;
	uint8_t *pattern; /* made before anything is measured */
};

/* ---- what the kernel says */

static char *read_text(const char *path)
{
	char *text = NULL;

	return lab_file_read(path, &text, NULL) ? NULL : text;
}

static struct moment moment_now(void)
{
	char *text = read_text("/proc/interrupts");
	struct moment m = { clock_mono_ns(), text ? stock_count_interrupts(text) : 0 };

	free(text);
	return m;
}

static void end_window(struct run *r, enum said_phase phase)
{
	struct moment to = moment_now();
	bool stream = phase == SAID_STREAM;

	r->value[stream ? SAID_STREAM_NS : SAID_RR_NS] = to.ns - r->from.ns;
	r->value[stream ? SAID_STREAM_INTERRUPTS : SAID_RR_INTERRUPTS] =
		to.interrupts - r->from.interrupts;
}

/* Nobody but us has used this kernel's TCP. */
static void count_net(struct run *r)
{
	static const struct {
		enum said_figure to;
		const char *path, *group, *name;
	} counters[] = {
		{ SAID_NET_RETRANS_SEGS, "/proc/net/snmp", "Tcp", "RetransSegs" },
		{ SAID_NET_TIMEOUTS, "/proc/net/netstat", "TcpExt", "TCPTimeouts" },
		{ SAID_NET_SPURIOUS_RTOS, "/proc/net/netstat", "TcpExt", "TCPSpuriousRTOs" },
		{ SAID_NET_FAST_RETRANS, "/proc/net/netstat", "TcpExt", "TCPFastRetrans" },
		{ SAID_NET_LOSS_PROBES, "/proc/net/netstat", "TcpExt", "TCPLossProbes" },
		{ SAID_NET_DSACK_SENT, "/proc/net/netstat", "TcpExt", "TCPDSACKOldSent" },
		{ SAID_NET_DSACK_RECEIVED, "/proc/net/netstat", "TcpExt", "TCPDSACKRecv" },
		{ SAID_NET_OUT_OF_ORDER, "/proc/net/netstat", "TcpExt", "TCPOFOQueue" },
	};

	for (size_t i = 0; i < sizeof(counters) / sizeof(counters[0]); i++) {
		char *text = read_text(counters[i].path);

		r->value[counters[i].to] =
			text ? stock_count_net(text, counters[i].group, counters[i].name) : 0;
		free(text);
	}
}

/* A kernel that knows less leaves the rest at 0. */
static struct tcp_info info_of(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof(info);

	getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n);
	return info;
}

static void say_mark(const char *what, enum said_phase phase)
{
	printf(SAID_PREFIX "%s %s\n", what, said_phase_name(phase));
	fflush(stdout);
}

static void say_all(const struct run *r)
{
	for (unsigned f = 0; f < SAID_FIGURES; f++)
		if (said_by((enum said_figure)f, r->side))
			printf(SAID_PREFIX "%s %" PRIu64 "\n", said_name((enum said_figure)f),
			       r->value[f]);
	fflush(stdout);
}

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
	r->counts->out_of_order[i] = info_of(r->flow[i].fd).tcpi_rcv_ooopack;
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
	say_mark("begin", phase);
	r->from = moment_now();
	return fd_write_all(tell, &(char){ BEGIN }, 1);
}

static int end(struct run *r, int tell, enum said_phase phase)
{
	end_window(r, phase);
	say_mark("end", phase);
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
		sum += info_of(r->flow[i].fd).tcpi_bytes_acked;
	return sum;
}

/* Until the window is over, and once at least: what each connection takes for its round trip. */
static void sample_rtt(struct run *r)
{
	uint64_t over = r->from.ns + r->work->duration_ms * 1000000ull;

	do {
		pause_ms(LOOK_MS);
		for (unsigned i = 0; i < r->flows; i++)
			hist_add(r->hist, info_of(r->flow[i].fd).tcpi_rtt * 1000ull);
	} while (clock_mono_ns() < over);
}

static void store_quantiles(struct run *r, uint64_t unit_ns, enum said_figure p50,
			    enum said_figure p99, enum said_figure max)
{
	r->value[p50] = (uint64_t)hist_quantile(r->hist, 0.5) / unit_ns;
	r->value[p99] = (uint64_t)hist_quantile(r->hist, 0.99) / unit_ns;
	r->value[max] = r->hist->max_ns / unit_ns;
}

static void store_connections(struct run *r)
{
	for (unsigned i = 0; i < r->flows; i++) {
		struct tcp_info info = info_of(r->flow[i].fd);

		r->value[SAID_RETRANSMITS] += info.tcpi_total_retrans;
		r->value[SAID_DSACK_DUPS] += info.tcpi_dsack_dups;
		if (!i || info.tcpi_min_rtt < r->value[SAID_RTT_MIN_US])
			r->value[SAID_RTT_MIN_US] = info.tcpi_min_rtt;
	}
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
	r->value[SAID_STREAM_BYTES] = acknowledged(r) - before;
	if (!err)
		err = end(r, tell, SAID_STREAM);
	r->value[SAID_RTT_SAMPLES] = r->hist->n;
	store_quantiles(r, 1000, SAID_RTT_P50_US, SAID_RTT_P99_US, SAID_RTT_MAX_US);
	return err;
}

static int stream(struct run *r, int tell)
{
	int err = measure_stream(r, tell);

	shared_store(&r->counts->stop, true);
	join(r);
	store_connections(r);
	for (unsigned i = 0; i < r->flows; i++)
		fd_close(&r->flow[i].fd);
	r->value[SAID_SENT] = sum_of(r->counts->moved);
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
	r->value[SAID_CORRUPT] += got != sent;
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
	r->value[SAID_RR_TRIPS] = r->hist->n;
	store_quantiles(r, 1, SAID_TRIP_P50_NS, SAID_TRIP_P99_NS, SAID_TRIP_MAX_NS);
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
		r->from = moment_now();
	} else {
		end_window(r, *phase);
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
	r->value[SAID_RECEIVED] = sum_of(r->counts->moved);
	r->value[SAID_CORRUPT] = sum_of(r->counts->corrupt);
	r->value[SAID_OUT_OF_ORDER] = sum_of(r->counts->out_of_order);
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
	struct run r = { .work = work, .side = guest == 'a' ? SIDE_A : SIDE_B };
	int err;

	signal(SIGPIPE, SIG_IGN);
	r.counts = mmap(NULL, sizeof(*r.counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	r.hist = calloc(1, sizeof(*r.hist));
	r.pattern = make_pattern(work->size > PIECE ? work->size : PIECE);
	if (r.counts == MAP_FAILED || !r.hist || !r.pattern)
		return log_errno(-ENOMEM, "guest: tcp");
	err = guest == 'a' ? run_a(&r) : run_b(&r);
	count_net(&r);
	if (!err)
		say_all(&r);
	free(r.hist);
	free(r.pattern);
	munmap(r.counts, sizeof(*r.counts));
	return err ? log_errno(err, "guest: tcp") : 0;
}
