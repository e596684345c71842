// SPDX-License-Identifier: Apache-2.0

// The etcd server: "go install" refuses its own main for the replace
// directives in its go.mod, so this main calls the same entry point.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
