// SPDX-License-Identifier: Apache-2.0

// A worker of the benchmark (worker.h has the protocol) that execs with client-go's websocket executor, as a program does that
// was written for it: one configuration, one client, an executor for each exec.
//
//	client-go NAMESPACE POD CONTAINER
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/remotecommand"
)

// place is where commands run.
type place struct {
	config    *rest.Config
	client    *kubernetes.Clientset
	namespace string
	pod       string
	container string
}

// output counts what comes and keeps how it begins.
type output struct {
	bytes int
	head  []byte
	first time.Time
}

func (o *output) Write(bytes []byte) (int, error) {
	if o.bytes == 0 && len(bytes) > 0 {
		o.first = time.Now()
	}
	o.bytes += len(bytes)
	if room := 32 - len(o.head); room > 0 {
		o.head = append(o.head, bytes[:min(room, len(bytes))]...)
	}
	return len(bytes), nil
}

// zeros is so many bytes of input; ahead of them nothing is made.
type zeros struct{ left int }

func (z *zeros) Read(bytes []byte) (int, error) {
	if z.left == 0 {
		return 0, io.EOF
	}
	count := min(z.left, len(bytes))
	clear(bytes[:count])
	z.left -= count
	return count, nil
}

func (p *place) exec(stdin io.Reader, out *output, command ...string) error {
	request := p.client.CoreV1().RESTClient().Get().Namespace(p.namespace).Resource("pods").Name(p.pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{
			Container: p.container, Command: command, Stdin: stdin != nil, Stdout: true, Stderr: true,
		}, scheme.ParameterCodec)
	executor, err := remotecommand.NewWebSocketExecutor(p.config, "GET", request.URL().String())
	if err != nil {
		return err
	}
	return executor.StreamWithContext(context.Background(), remotecommand.StreamOptions{Stdin: stdin, Stdout: out, Stderr: io.Discard})
}

// startPod makes the pod, waits on a watch until it is ready and execs in it.
func (p *place) startPod(manifest string, out *output) error {
	text, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	var pod corev1.Pod
	if err := json.Unmarshal(text, &pod); err != nil {
		return err
	}
	ctx, pods := context.Background(), p.client.CoreV1().Pods(p.namespace)
	made, err := pods.Create(ctx, &pod, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	watch, err := pods.Watch(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector("metadata.name", made.Name).String(), ResourceVersion: made.ResourceVersion,
	})
	if err != nil {
		return err
	}
	defer watch.Stop()
	for event := range watch.ResultChan() {
		if seen, ok := event.Object.(*corev1.Pod); ok && ready(seen) {
			there := *p
			there.pod = made.Name
			return there.exec(nil, out, "echo", "ready")
		}
	}
	return fmt.Errorf("the watch ended before %s was ready", made.Name)
}

func ready(pod *corev1.Pod) bool {
	for _, condition := range pod.Status.Conditions {
		if condition.Type == corev1.PodReady && condition.Status == corev1.ConditionTrue {
			return true
		}
	}
	return false
}

func (p *place) do(words []string, out *output) error {
	size := 0
	if len(words) == 2 && words[0] != "pod" {
		var err error
		if size, err = strconv.Atoi(words[1]); err != nil {
			return err
		}
	}
	switch {
	case len(words) == 1 && words[0] == "exec":
		return p.exec(nil, out, "true")
	case len(words) == 2 && words[0] == "out":
		return p.exec(nil, out, "head", "-c", words[1], "/dev/zero")
	case len(words) == 2 && words[0] == "in":
		return p.exec(&zeros{size}, out, "wc", "-c")
	case len(words) == 2 && words[0] == "pod":
		return p.startPod(words[1], out)
	}
	return fmt.Errorf("%q is not known", words)
}

// usage is the CPU time so far in nanoseconds, and the most memory in KiB.
func usage() (int64, int64) {
	var seen syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &seen); err != nil {
		panic(err)
	}
	return seen.Utime.Nano() + seen.Stime.Nano(), seen.Maxrss
}

func serve(p *place) {
	before, _ := usage()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var out output
		began := time.Now()
		err := p.do(strings.Split(lines.Text(), "\t"), &out)
		wall := time.Since(began)
		if strings.HasPrefix(lines.Text(), "pod\t") {
			wall = out.first.Sub(began)
		}
		cpu, memory := usage()
		if err != nil {
			fmt.Println("error", strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println(wall.Nanoseconds(), cpu-before, memory, out.bytes, strings.Join(strings.Fields(strings.ReplaceAll(string(out.head), "\x00", "")), "_"))
		}
		before = cpu
	}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: client-go NAMESPACE POD CONTAINER")
		os.Exit(2)
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err == nil {
		// A limit of client-go's own would be measured instead.
		config.QPS, config.Burst = -1, -1
		p := &place{config: config, namespace: os.Args[1], pod: os.Args[2], container: os.Args[3]}
		if p.client, err = kubernetes.NewForConfig(config); err == nil {
			serve(p)
			return
		}
	}
	fmt.Fprintln(os.Stderr, "client-go:", err)
	os.Exit(3)
}
