// SPDX-License-Identifier: BSD-2-Clause
// tandem doctor.
#ifndef CLI_CMD_DOCTOR_H
#define CLI_CMD_DOCTOR_H

int cmd_doctor(int argc, char **argv);

#endif
