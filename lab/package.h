// SPDX-License-Identifier: BSD-2-Clause
// Looks packages up through a private apt root, downloads and unpacks them.
#ifndef LAB_PACKAGE_H
#define LAB_PACKAGE_H

struct lab_apt;

/* A field of a control record, NULL if it has none. To be freed. */
char *lab_apt_field(const char *record, const char *name);

/*
 * All package names with a prefix, one a line, to be freed. 0, or
 * -errno.
 */
int lab_apt_names(struct lab_apt *apt, const char *prefix, char **names);

/*
 * The control record of the package's newest version, to be freed. 0, -ENOENT when the archive
 * knows the name but does not have the package (any more), another -errno.
 */
int lab_apt_show(struct lab_apt *apt, const char *package, char **record);

/* Downloads packages (blanks between) and unpacks them into `dir`. 0, or -errno after a message. */
int lab_apt_unpack(struct lab_apt *apt, const char *packages, const char *dir);

#endif
