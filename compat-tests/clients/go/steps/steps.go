// Package steps drives a client: one step per line on stdin, one JSON object per step on stdout.
package steps

import (
	"bufio"
	"encoding/json"
	"os"
	"strconv"
	"strings"

	"github.com/hudl/fargo"
)

// Answer is what a step tells the test besides its name and whether it worked.
type Answer map[string]interface{}

// Step does one thing with the client; words are what followed its name.
type Step func(words []string) (Answer, error)

// Run answers steps until stdin ends.
func Run(all map[string]Step) {
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		words := strings.Split(lines.Text(), " ")
		answer, err := all[words[0]](words[1:])
		if answer == nil {
			answer = Answer{}
		}
		answer["step"] = words[0]
		answer["ok"] = err == nil
		if err != nil {
			answer["error"] = err.Error()
			if code, known := fargo.HTTPResponseStatusCode(err); known {
				answer["code"] = code
			}
		}
		if err := out.Encode(answer); err != nil {
			panic(err)
		}
	}
}

// Number is a setting that must be a number.
func Number(name string) int {
	number, err := strconv.Atoi(os.Getenv(name))
	if err != nil {
		panic(name + ": " + err.Error())
	}
	return number
}

// Instance is the instance the settings describe.
func Instance() *fargo.Instance {
	app := os.Getenv("APP")
	return &fargo.Instance{
		InstanceId:       os.Getenv("INSTANCE_ID"),
		HostName:         os.Getenv("HOST"),
		App:              app,
		IPAddr:           os.Getenv("IP"),
		VipAddress:       strings.ToLower(app) + ",shared-vip",
		SecureVipAddress: strings.ToLower(app),
		Status:           fargo.UP,
		Port:             Number("PORT"),
		PortEnabled:      true,
		SecurePort:       443,
		DataCenterInfo:   fargo.DataCenterInfo{Name: fargo.MyOwn},
		LeaseInfo: fargo.LeaseInfo{
			RenewalIntervalInSecs: int32(Number("INTERVAL")),
			DurationInSecs:        30,
		},
	}
}

// Connection is a connection in the representation that FORMAT names.
func Connection() *fargo.EurekaConnection {
	connection := fargo.NewConn(os.Getenv("EUREKA_URL"))
	connection.UseJson = os.Getenv("FORMAT") == "json"
	return &connection
}
