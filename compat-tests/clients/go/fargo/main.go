// Drives hudl/fargo.
package main

import (
	"strings"

	"github.com/hudl/fargo"

	"eureka-clients/steps"
)

// seen is what a caller of the client would use of each instance.
func seen(instances []*fargo.Instance) steps.Answer {
	list := []steps.Answer{}
	for _, one := range instances {
		team, _ := one.Metadata.GetString("team")
		note, _ := one.Metadata.GetString("note")
		list = append(list, steps.Answer{
			"id":            one.Id(),
			"host":          one.HostName,
			"ip":            one.IPAddr,
			"port":          one.Port,
			"portEnabled":   one.PortEnabled,
			"secureEnabled": one.SecurePortEnabled,
			"status":        one.Status,
			"lease":         one.LeaseInfo.DurationInSecs,
			"metadata":      steps.Answer{"team": team, "note": note},
		})
	}
	return steps.Answer{"instances": list}
}

func main() {
	eureka := steps.Connection()
	self := steps.Instance()
	self.SetMetadataString("team", "a & b")

	vip := func(secure bool) steps.Step {
		return func(words []string) (steps.Answer, error) {
			instances, err := eureka.GetInstancesByVIPAddress(words[0], secure)
			return seen(instances), err
		}
	}
	steps.Run(map[string]steps.Step{
		"register": func([]string) (steps.Answer, error) {
			return nil, eureka.RegisterInstance(self)
		},
		"reregister": func([]string) (steps.Answer, error) {
			return nil, eureka.ReregisterInstance(self)
		},
		"renew": func([]string) (steps.Answer, error) {
			return nil, eureka.HeartBeatInstance(self)
		},
		"apps": func([]string) (steps.Answer, error) {
			apps, err := eureka.GetApps()
			all := []*fargo.Instance{}
			for _, app := range apps {
				all = append(all, app.Instances...)
			}
			return seen(all), err
		},
		"app": func(words []string) (steps.Answer, error) {
			app, err := eureka.GetApp(words[0])
			if err != nil {
				return nil, err
			}
			return seen(app.Instances), nil
		},
		"instance": func(words []string) (steps.Answer, error) {
			one, err := eureka.GetInstance(words[0], words[1])
			if err != nil {
				return nil, err
			}
			return seen([]*fargo.Instance{one}), nil
		},
		"vip":  vip(false),
		"svip": vip(true),
		"status": func(words []string) (steps.Answer, error) {
			return nil, eureka.UpdateInstanceStatus(self, fargo.StatusType(words[0]))
		},
		"metadata": func(words []string) (steps.Answer, error) {
			return nil, eureka.AddMetadataString(self, words[0], strings.Join(words[1:], " "))
		},
		"deregister": func([]string) (steps.Answer, error) {
			return nil, eureka.DeregisterInstance(self)
		},
	})
}
