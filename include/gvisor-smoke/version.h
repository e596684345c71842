/* SPDX-License-Identifier: Apache-2.0
 *
 * Which program this is.
 */
#ifndef GVISOR_SMOKE_VERSION_H
#define GVISOR_SMOKE_VERSION_H

extern const char version_number[]; /* "0.1.0" */
extern const char
    version_commit[]; /* the commit that was built, "+changes" behind it when the tree had some; "unknown" */

#endif
