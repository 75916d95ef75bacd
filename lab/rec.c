// SPDX-License-Identifier: BSD-2-Clause
// The lab's result channel.
#include "lab/rec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/fd.h"

_Static_assert(sizeof(struct lab_end) == 24, "same layout on both sides");

static int send_one(int fd, uint64_t *sent, enum lab_stream stream, const void *buf, size_t len)
{
	struct lab_rec head = { .stream = stream, .len = (uint32_t)len };
	int err = fd_write_all(fd, &head, sizeof(head));

	if (!err)
		err = fd_write_all(fd, buf, len);
	*sent += sizeof(head) + len;
	return err;
}

int lab_rec_send(int fd, uint64_t *sent, enum lab_stream stream, const void *buf, size_t len)
{
	const char *p = buf;
	int err = 0;

	while (len && !err) {
		size_t part = len < LAB_REC_MAX ? len : LAB_REC_MAX;

		err = send_one(fd, sent, stream, p, part);
		p += part;
		len -= part;
	}
	return err;
}

static int take_end(struct lab_reader *r, const char *data, size_t len)
{
	if (len != sizeof(r->end))
		return -EBADMSG;
	memcpy(&r->end, data, len);
	if (memcmp(r->end.magic, LAB_MAGIC, sizeof(r->end.magic)) || r->end.sent != r->taken)
		return -EBADMSG;
	r->ended = true;
	return 0;
}

static int take(struct lab_reader *r, const struct lab_rec *head, const char *data, lab_rec_fn *fn,
		void *arg)
{
	if (head->stream == LAB_END)
		return take_end(r, data, head->len);
	fn(arg, head->stream, data, head->len);
	r->taken += sizeof(*head) + head->len;
	return 0;
}

static bool plausible(const struct lab_rec *head)
{
	return head->stream >= LAB_FACT && head->stream <= LAB_EVENTS && head->len <= LAB_REC_MAX;
}

int lab_rec_feed(struct lab_reader *r, const void *data, size_t len, lab_rec_fn *fn, void *arg)
{
	char *more = realloc(r->buf, r->len + len + 1);
	struct lab_rec head;
	size_t at = 0;
	int err = 0;

	if (!more)
		return -ENOMEM;
	r->buf = more;
	memcpy(r->buf + r->len, data, len);
	r->len += len;
	while (!err && !r->ended && r->len - at >= sizeof(head)) {
		memcpy(&head, r->buf + at, sizeof(head));
		if (!plausible(&head))
			return -EBADMSG;
		if (r->len - at - sizeof(head) < head.len)
			break;
		err = take(r, &head, r->buf + at + sizeof(head), fn, arg);
		at += sizeof(head) + head.len;
	}
	memmove(r->buf, r->buf + at, r->len - at);
	r->len -= at;
	return err;
}

void lab_rec_free(struct lab_reader *r)
{
	free(r->buf);
	memset(r, 0, sizeof(*r));
}
