// SPDX-License-Identifier: BSD-2-Clause
// tandem backend.
#ifndef CLI_CMD_BACKEND_H
#define CLI_CMD_BACKEND_H

int cmd_backend(int argc, char **argv);

#endif
