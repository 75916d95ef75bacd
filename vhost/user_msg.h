// SPDX-License-Identifier: BSD-2-Clause
// vhost-user's messages as they lie in a socket: numbers, headers, payloads.
#ifndef VHOST_USER_MSG_H
#define VHOST_USER_MSG_H

#include <stdint.h>

enum user_request {
	USER_GET_FEATURES = 1,
	USER_SET_FEATURES,
	USER_SET_OWNER,
	USER_RESET_OWNER,
	USER_SET_MEM_TABLE,
	USER_SET_VRING_NUM = 8,
	USER_SET_VRING_ADDR,
	USER_SET_VRING_BASE,
	USER_GET_VRING_BASE,
	USER_SET_VRING_KICK,
	USER_SET_VRING_CALL,
	USER_SET_VRING_ERR,
	USER_GET_PROTOCOL_FEATURES,
	USER_SET_PROTOCOL_FEATURES,
	USER_GET_QUEUE_NUM,
	USER_SET_VRING_ENABLE,
	USER_GET_CONFIG = 24,
	USER_SET_CONFIG,
	USER_GET_MAX_MEM_SLOTS = 36,
	USER_ADD_MEM_REG,
	USER_REM_MEM_REG,
	USER_SET_STATUS,
	USER_GET_STATUS,
};

#define USER_VERSION 1u
#define USER_VERSION_MASK 3u
#define USER_REPLY 4u
#define USER_NEED_REPLY 8u

#define USER_F_PROTOCOL_FEATURES (1ull << 30)

#define USER_PROTOCOL_MQ (1ull << 0)
#define USER_PROTOCOL_REPLY_ACK (1ull << 3)
#define USER_PROTOCOL_CONFIG (1ull << 9)
#define USER_PROTOCOL_MEM_SLOTS (1ull << 15)
#define USER_PROTOCOL_STATUS (1ull << 16)

/* In the index of KICK, CALL and ERR: no fd comes with it. */
#define USER_NO_FD (1u << 8)

#define USER_TABLE_MAX 8u /* regions in SET_MEM_TABLE */
#define USER_FDS_MAX USER_TABLE_MAX
#define USER_CONFIG_MAX 256u
#define USER_PAYLOAD_MAX 272u

struct user_header {
	uint32_t request;
	uint32_t flags;
	uint32_t size; /* of the payload */
};

struct user_vring_state {
	uint32_t index;
	uint32_t num;
};

struct user_vring_addr {
	uint32_t index;
	uint32_t flags;
	uint64_t desc, used, avail, log;
};

struct user_region {
	uint64_t guest, bytes, user, offset;
};

struct user_mem_table {
	uint32_t n;
	uint32_t padding;
	struct user_region region[USER_TABLE_MAX];
};

struct user_mem_reg {
	uint64_t padding;
	struct user_region region;
};

struct user_config {
	uint32_t offset, bytes, flags;
	uint8_t data[USER_CONFIG_MAX];
};

union user_payload {
	uint64_t u64;
	struct user_vring_state state;
	struct user_vring_addr addr;
	struct user_mem_table table;
	struct user_mem_reg reg;
	struct user_config config;
	uint8_t bytes[USER_PAYLOAD_MAX];
};

_Static_assert(sizeof(union user_payload) == USER_PAYLOAD_MAX, "what may be read into it");

_Static_assert(sizeof(struct user_vring_addr) == 40, "as in the protocol");
_Static_assert(sizeof(struct user_mem_reg) == 40, "as in the protocol");

#endif
