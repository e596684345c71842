# SPDX-License-Identifier: Apache-2.0
"""A pod that the run makes itself, as an API server tells of it."""
import json
import threading

from peer import EXISTING, STDOUT, api_list, case_reply, on_channel


class Cluster:
    """The pods that were made and not removed, and all that happened to them."""

    def __init__(self):
        self.changed = threading.Condition()
        self.pods, self.events = {}, []

    def tell(self, kind, pod):
        self.events.append({"type": kind, "object": pod | {"metadata": pod["metadata"] | {"resourceVersion": self.version}}})
        self.changed.notify_all()

    @property
    def version(self):
        return str(len(self.events) + 1)

    def create(self, talk):
        asked = json.loads(talk.body)
        name = asked["metadata"]["name"]
        status = EXISTING["status"] | {"containerStatuses": [{"name": "case", "ready": True, "state": {"running": {}}}]}
        with self.changed:
            self.pods[name] = asked | {"metadata": asked["metadata"] | {"uid": name}, "spec": asked["spec"] | {"nodeName": "node-a"}, "status": status}
            self.tell("ADDED", self.pods[name])
        talk.answer(self.pods[name], 201)

    def delete(self, talk):
        with self.changed:
            pod = self.pods.pop(talk.path.rpartition("/")[2], None)
            if pod:
                self.tell("DELETED", pod)
        talk.answer(pod or {"kind": "Status", "code": 404}, 200 if pod else 404)

    def watch(self, talk):
        talk.begin_chunks()
        seen = int(talk.query["resourceVersion"][0]) - 1
        while not talk.peer.over.is_set():
            with self.changed:
                self.changed.wait_for(lambda: len(self.events) > seen, 1)
                news = self.events[seen:]
            for event in news:
                talk.event(event["type"], event["object"])
            seen += len(news)

    def list(self, talk):
        with self.changed:
            talk.answer(api_list(list(self.pods.values()), self.version))


def is_of_pods(talk):
    return "/pods" in talk.path and not talk.is_exec


def well(talk):
    """What an API server says whose pods the run makes; their cases print their ID."""
    with talk.peer.log.lock:
        cluster = talk.peer.__dict__.setdefault("cluster", Cluster())
    if talk.is_case:
        reply_by_itself(talk)
    elif not is_of_pods(talk):
        talk.well()
    elif talk.method == "POST":
        cluster.create(talk)
    elif talk.method == "DELETE":
        cluster.delete(talk)
    elif "watch" in talk.query:
        cluster.watch(talk)
    else:
        cluster.list(talk)


# --- execs for one case ---


def reply_of(case_id):
    return case_reply(case_id.encode() + b"\n")


def reply_by_itself(talk):
    """To `run ID`, and to `attach ID OFFSET`."""
    talk.begin_exec()
    offset = int(talk.command[3]) if talk.command[1] == "attach" else 0
    talk.send(on_channel(STDOUT, reply_of(talk.command[2])[offset:]))
    talk.end_exec()
