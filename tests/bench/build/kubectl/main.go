// SPDX-License-Identifier: Apache-2.0

// kubectl alone, as it is released: the bed's is one program with all other parts of Kubernetes, which takes longer to start.
package main

import (
	"os"

	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
)

func main() {
	os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
}
