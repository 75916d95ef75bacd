// SPDX-License-Identifier: BSD-2-Clause
// The configurations of kernels that the lab builds, inside the executable (lab/config/).
#ifndef LAB_KCONFIG_H
#define LAB_KCONFIG_H

extern const char lab_config_x86_64[], lab_config_arm64[];

#endif
