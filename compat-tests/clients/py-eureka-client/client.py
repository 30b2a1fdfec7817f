"""Drives py-eureka-client: one step per line on stdin, one JSON object per step on stdout."""

import json
import os
import sys
import threading
import time

from py_eureka_client import eureka_basic, eureka_client

SERVER = os.environ["EUREKA_URL"]
APP = os.environ["APP"]
INSTANCE_ID = os.environ["INSTANCE_ID"]

# The client logs to stdout; the answers keep that stream for themselves.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)

# The client reports failures to a callback instead of raising them.
failures = []


def wait(coroutine):
    """Runs a coroutine on the loop that the client's blocking functions use."""
    return eureka_client.get_event_loop().run_until_complete(coroutine)


def idle():
    """Waits until the heartbeat thread sleeps: it shares a lock with the caller."""
    (beat,) = [thread for thread in threading.enumerate() if thread.name == "HeartbeatThread"]
    # It sleeps in the function that it started with, and works in functions below that.
    while not sys._current_frames()[beat.ident].f_code.co_name.endswith("__heartbeat_thread"):
        time.sleep(0.01)
    return {}


def seen(instances):
    """What a caller of the client would use of each instance."""
    return [
        {
            "id": instance.instanceId,
            "host": instance.hostName,
            "ip": instance.ipAddr,
            "port": instance.port.port,
            "status": instance.status,
            "metadata": instance.metadata,
        }
        for instance in instances
    ]


def all_of(applications):
    return [instance for app in applications.applications for instance in app.instances]


def register():
    eureka_client.init(
        eureka_server=SERVER,
        app_name=APP,
        instance_id=INSTANCE_ID,
        instance_host=os.environ["HOST"],
        instance_ip=os.environ["IP"],
        instance_port=int(os.environ["PORT"]),
        renewal_interval_in_secs=int(os.environ["INTERVAL"]),
        duration_in_secs=30,
        vip_adr=APP.lower() + ",shared-vip",
        metadata={"team": "a & b", "zone": "z1"},
        on_error=lambda kind, error: failures.append(f"{kind}: {error}"),
    )
    return {}


def cached(app):
    """The client's own copy, kept up to date by its heartbeat thread with deltas."""
    return {"instances": seen(eureka_client.get_client().applications.get_application(app).instances)}


def full():
    applications = wait(eureka_basic.get_applications(SERVER))
    return {"hash": applications.appsHashcode, "instances": seen(all_of(applications))}


def application(name):
    return {"instances": seen(wait(eureka_basic.get_application(SERVER, name)).instances)}


def instance(name, instance_id):
    return {"instances": seen([wait(eureka_basic.get_app_instance(SERVER, name, instance_id))])}


def vip(name):
    return {"instances": seen(all_of(wait(eureka_basic.get_vip(SERVER, name))))}


def svip(name):
    return {"instances": seen(all_of(wait(eureka_basic.get_secure_vip(SERVER, name))))}


def status(value):
    idle()
    wait(eureka_client.get_client().status_update(value))
    return {}


def clear_status():
    idle()
    wait(eureka_client.get_client().delete_status_override())
    return {}


def deregister():
    # The client's heartbeat thread outlives this and would register again: the program ends next.
    eureka_client.stop()
    return {}


STEPS = {
    "register": register,
    "cached": cached,
    "full": full,
    "application": application,
    "instance": instance,
    "vip": vip,
    "svip": svip,
    "idle": idle,
    "status": status,
    "clear-status": clear_status,
    "deregister": deregister,
}


def main():
    for line in sys.stdin:
        step, *arguments = line.split()
        answer = {"step": step}
        try:
            answer.update(STEPS[step](*arguments))
            answer["ok"] = True
        except Exception as error:  # every failure is an answer for the test to judge
            answer.update(ok=False, error=repr(error))
        answer["failures"] = failures.copy()
        failures.clear()
        print(json.dumps(answer), file=answers, flush=True)
        if step == "deregister":
            return


main()
