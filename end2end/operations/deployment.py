"""Several servers on one database and one object store, behind nginx."""

import requests
from machine import give
from proxy import Proxy
from replica import UNLIMITED, Replica, environment, run

PASSWORD = "correct horse battery"


class Api:
    """The API at an address, as somebody uses it who has this key."""

    def __init__(self, address, key):
        self.address = f"{address}/api/v1"
        self.root = address
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {key}"

    def at(self, address):
        """The same at another address."""
        return Api(address, self.session.headers["Authorization"].removeprefix("Bearer "))

    def send(self, method, path, expect=None, **options):
        """An answer's JSON, where it has the status that is expected; any of success unless one is named."""
        answer = self.request(method, path, **options)
        is_expected = answer.ok if expect is None else answer.status_code == expect
        assert is_expected, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def request(self, method, path, **options):
        """An answer, whatever it is. A path that begins with a slash is not below `/api/v1`."""
        address = self.root if path.startswith("/") else f"{self.address}/"
        return self.session.request(method, f"{address}{path}", **({"timeout": 60} | options))

    def get(self, path, **options):
        return self.send("GET", path, **options)

    def post(self, path, **options):
        return self.send("POST", path, **options)

    def put(self, path, **options):
        return self.send("PUT", path, **options)

    def pages(self, path, **query):
        """All items of a list."""
        while True:
            page = self.get(path, params={"limit": 100} | query)
            yield from page["items"]
            if not page.get("next_cursor"):
                return
            query["cursor"] = page["next_cursor"]

    def upload(self, dataset, name, picture):
        """Adds a picture, and gives it."""
        results = self.post(f"datasets/{dataset}/images", files=[("images", (name, picture))])["results"]
        return results[0]["image"]

    def write(self, image, text, version=None):
        """Writes one's own caption of a picture."""
        return self.put(f"images/{image}/captions/mine", json={"text": text, "version": version})

    def history(self, image):
        """All versions of the only caption of a picture, the newest first."""
        [caption] = self.get(f"images/{image}/captions")
        return self.get(f"captions/{caption['id']}/versions")

    def ended(self, job):
        """The job, if it has ended."""
        found = self.get(f"jobs/{job}")
        return found if found["state"] not in ("waiting", "running") else None


class Deployment:
    """The servers, and whoever uses them."""

    def __init__(self, cluster, objects, folder, database, arguments=(), limits=UNLIMITED, keepalive="10s"):
        self.cluster, self.database, self.folder = cluster, database, folder
        self.url = cluster.create(database)
        self.objects = objects
        self.replicas = [self._replica(number, [*limits, *arguments]) for number in (1, 2)]
        self.proxy = Proxy(folder / "nginx", [replica.port for replica in self.replicas], keepalive)

    def _replica(self, number, arguments):
        data = give(self.folder / f"data-{number}")
        return Replica(environment(self.url, self.objects, data), self.folder / f"log-{number}", arguments)

    def variables(self, name="command"):
        """What makes a command use the same database and objects."""
        return environment(self.url, self.objects, give(self.folder / name))

    def start(self):
        """Starts all servers at the same time."""
        for replica in self.replicas:
            replica.start(wait=False)
        for replica in self.replicas:
            replica.wait()

    def end(self):
        for replica in self.replicas:
            replica.end()
        self.proxy.stop()

    def person(self, name, *, admin=False):
        """The API behind nginx as somebody uses it who is made for that."""
        more = ["--admin"] if admin else []
        run(self.variables(), "user", "add", name, *more, "--password-stdin", text=f"{PASSWORD}\n")
        scopes = "caption,read,write,admin" if admin else "caption,read,write"
        return Api(self.proxy.address, run(self.variables(), "key", "create", name, "test", "--scope", scopes)["key"])

    def query(self, statement):
        return self.cluster.query(statement, self.database)

    def number(self, statement):
        return int(self.query(statement))

    def rows(self, query):
        return self.cluster.rows(query, self.database)
