// SPDX-License-Identifier: BSD-2-Clause
// The lab's result channel: records of (stream, length, bytes) from the guest's init to the host.
#ifndef LAB_REC_H
#define LAB_REC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LAB_PORT "tandem.lab"	      /* name of the virtio-serial port */
#define LAB_DIR "/lab"		      /* in the initramfs: args, modules/ */
#define LAB_RESULT "/tmp/result.json" /* where --json=PATH goes inside */
#define LAB_TRACE "/tmp/trace.dat"    /* and --trace=PATH */
#define LAB_REC_MAX (64 * 1024)

enum lab_stream {
	LAB_FACT = 1, /* one "name=value" */
	LAB_OUT,      /* stdout of the command */
	LAB_ERR,      /* stderr */
	LAB_FILE,     /* the next piece of its result file */
	LAB_END,      /* a struct lab_end; the only thing that means success */
	LAB_EVENTS,   /* the next piece of its trace.dat */
};

/* Little-endian, as both architectures and every host that emulates them are. */
struct lab_rec {
	uint32_t stream;
	uint32_t len;
};

struct lab_end {
	char magic[8]; /* LAB_MAGIC */
	uint64_t sent; /* bytes before this record: a lost one is noticed */
	int32_t status;
	int32_t signal; /* what the command died of, or 0 */
};
#define LAB_MAGIC "tandem1" /* with its NUL, eight characters */

/* Guest: sends one stream's bytes, cut into records as needed. Counts into *sent. 0 or -errno. */
int lab_rec_send(int fd, uint64_t *sent, enum lab_stream stream, const void *buf, size_t len);

/* Host: takes records apart as they arrive. Zero it to start; lab_rec_free() at the end. */
struct lab_reader {
	char *buf;
	size_t len;
	uint64_t taken; /* bytes of whole records so far */
	bool ended;
	struct lab_end end;
};

typedef void lab_rec_fn(void *arg, enum lab_stream stream, const char *data, size_t len);

/*
 * Feeds bytes; calls fn for each whole record but the last, whose content is left in r->end.
 * 0, -EBADMSG when this is not our channel or bytes are missing, -ENOMEM.
 */
int lab_rec_feed(struct lab_reader *r, const void *data, size_t len, lab_rec_fn *fn, void *arg);
void lab_rec_free(struct lab_reader *r);

#endif
