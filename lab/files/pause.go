// The program of the pause image: holds a pod's namespaces open and reaps orphaned processes in them.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	// kubeadm's upgrade runs it this way, as a Job that must end, to check that the cluster runs Pods.
	if len(os.Args) > 1 && os.Args[1] == "-v" {
		fmt.Println("pause.go")
		return
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCHLD)
	for received := range signals {
		if received != syscall.SIGCHLD {
			return
		}
		for {
			if pid, _ := syscall.Wait4(-1, nil, syscall.WNOHANG, nil); pid <= 0 {
				break
			}
		}
	}
}
