// SPDX-License-Identifier: Apache-2.0

// gVisor's containerd shim for a machine without CAP_SYS_RESOURCE.
//
// Upstream's shim lowers the oom_score_adj of the process it starts and gives
// up when it may not. Everything here is upstream's but Start, which leaves
// the score alone.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"github.com/containerd/containerd/v2/pkg/namespaces"
	"github.com/containerd/containerd/v2/pkg/shim"
	runsc "gvisor.dev/gvisor/pkg/shim/v1"
	_ "gvisor.dev/gvisor/pkg/shim/v1/plugin"
)

// addressFile is where containerd, and the shim's later calls, look for the
// socket's address; it is relative to the bundle, the working directory.
const addressFile = "address"

type manager struct {
	shim.Manager
}

// Start runs this program again as the daemon that serves id on a new socket.
func (manager) Start(ctx context.Context, id string, opts shim.StartOpts) (shim.BootstrapParams, error) {
	namespace, err := namespaces.NamespaceRequired(ctx)
	if err != nil {
		return shim.BootstrapParams{}, err
	}
	address, err := shim.SocketAddress(ctx, opts.Address, id, false)
	if err != nil {
		return shim.BootstrapParams{}, err
	}
	if err := serve(address, "-namespace", namespace, "-address", opts.Address, "-id", id); err != nil {
		return shim.BootstrapParams{}, errors.Join(err, shim.RemoveSocket(address))
	}
	return shim.BootstrapParams{Version: 2, Address: address, Protocol: "ttrpc"}, nil
}

// serve starts the daemon with args, listening on address as descriptor 3,
// and leaves its address and pid in the bundle.
func serve(address string, args ...string) error {
	listener, err := shim.NewSocket(address)
	if err != nil {
		return fmt.Errorf("listen on the shim's socket: %w", err)
	}
	defer listener.Close()
	socket, err := listener.File()
	if err != nil {
		return err
	}
	defer socket.Close()
	// The daemon owns the socket's file from here on.
	listener.SetUnlinkOnClose(false)

	if err := os.WriteFile(addressFile, []byte(address), 0o600); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	daemon := exec.Command(self, args...)
	daemon.Env = append(os.Environ(), "GOMAXPROCS=2")
	daemon.ExtraFiles = []*os.File{socket}
	daemon.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := daemon.Start(); err != nil {
		return err
	}
	if err := shim.WritePidFile("shim.pid", daemon.Process.Pid); err != nil {
		return errors.Join(err, daemon.Process.Kill())
	}
	return nil
}

func main() {
	shim.Run(context.Background(), manager{runsc.NewShimManager("io.containerd.runsc.v1")})
}
