// Drives go-kit/kit's sd/eureka: a registrar with its own heartbeats, and an instancer that polls.
package main

import (
	"os"
	"sync"
	"time"

	"github.com/go-kit/kit/sd"
	"github.com/go-kit/kit/sd/eureka"
	"github.com/go-kit/log"

	"eureka-clients/steps"
)

// watch is the newest list an instancer gave out.
type watch struct {
	sync.Mutex
	instances []string
	err       error
}

func (w *watch) follow(events <-chan sd.Event) {
	for event := range events {
		w.Lock()
		w.instances, w.err = event.Instances, event.Err
		w.Unlock()
	}
}

func main() {
	connection := steps.Connection()
	connection.PollInterval = time.Duration(steps.Number("INTERVAL")) * time.Second
	logger := log.NewLogfmtLogger(os.Stderr)
	registrar := eureka.NewRegistrar(connection, steps.Instance(), logger)
	var current watch

	steps.Run(map[string]steps.Step{
		"register": func([]string) (steps.Answer, error) {
			registrar.Register()
			return nil, nil
		},
		"watch": func(words []string) (steps.Answer, error) {
			events := make(chan sd.Event)
			go current.follow(events)
			eureka.NewInstancer(connection, words[0], logger).Register(events)
			return nil, nil
		},
		"seen": func([]string) (steps.Answer, error) {
			current.Lock()
			defer current.Unlock()
			return steps.Answer{"addresses": current.instances}, current.err
		},
		"deregister": func([]string) (steps.Answer, error) {
			registrar.Deregister()
			return nil, nil
		},
	})
}
