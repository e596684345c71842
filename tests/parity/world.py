# SPDX-License-Identifier: Apache-2.0
"""What the tests of this folder share: certificates, servers and proxies, and programs that are run in a folder of their own."""
import base64
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from recorder import Log, Proxy, Server

SECRET = "t0p-s3cret"  # part of every credential: in no output of ours


def openssl(folder, *words):
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def make_authority(folder, name):
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-keyout", f"{name}.key", "-out", f"{name}.crt", "-subj", f"/CN={name}")  # fmt: skip


def make_certificate(folder, name, authority, names=None, days="2"):
    (folder / f"{name}.ext").write_text(f"subjectAltName={names}\n" if names else "extendedKeyUsage=clientAuth\n")
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key",
            "-out", f"{name}.csr", "-subj", f"/CN={name}")  # fmt: skip
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.crt", "-CAkey", f"{authority}.key",
            "-CAcreateserial", "-days", days, "-extfile", f"{name}.ext", "-out", f"{name}.crt")  # fmt: skip


class World:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="gvisor-smoke-parity-"))
        certificates = self.certificates = self.folder / "certificates"
        certificates.mkdir()
        for name in ("ca", "other-ca"):
            make_authority(certificates, name)
        make_certificate(certificates, "server", "ca", "DNS:localhost,DNS:one.test,IP:127.0.0.1,IP:::1")
        make_certificate(certificates, "named", "ca", "DNS:two.test")
        for name in ("alice", "bob"):
            make_certificate(certificates, name, "ca")
        make_certificate(certificates, "late", "ca", days="-1")
        (certificates / "bundle.crt").write_text((certificates / "other-ca.crt").read_text() + (certificates / "ca.crt").read_text())
        (certificates / "half.crt").write_text(
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n" + (certificates / "ca.crt").read_text()
        )
        pair, authority = self.pair("server"), certificates / "ca.crt"
        self.log = Log()
        self.servers = {
            "one": Server("127.0.0.1", "one", self.log, pair, authority),
            "two": Server("127.0.0.1", "two", self.log, pair, authority),
            "named": Server("127.0.0.1", "named", self.log, self.pair("named"), authority),
            "plain": Server("127.0.0.1", "plain", self.log),
            "six": Server("::1", "six", self.log, pair, authority),
        }
        servers = list(self.servers.values())
        self.proxies = {
            "http": Proxy("http", self.log, servers),
            "https": Proxy("https", self.log, servers, pair),
            "socks5": Proxy("socks5", self.log, servers),
        }
        self.count = 0

    def pair(self, name):
        return self.certificates / f"{name}.crt", self.certificates / f"{name}.key"

    def remove(self):
        shutil.rmtree(self.folder)

    def fill(self, text):
        """Puts ports, certificates and folders in place of @one@, @http-proxy@, @base64:ca.crt@, @certificates@."""

        def value(match):
            key = match[1]
            if key in self.servers:
                return str(self.servers[key].port)
            if key.endswith("-proxy"):
                return str(self.proxies[key.removesuffix("-proxy")].port)
            if key == "certificates":
                return str(self.certificates)
            return base64.b64encode((self.certificates / key.removeprefix("base64:")).read_bytes()).decode()

        return re.sub(r"@(one|two|named|plain|six|(?:http|https|socks5)-proxy|certificates|base64:[a-z.-]+)@", value, text)

    def place(self, files):
        """A new folder that is HOME and the working directory, with these files, which only the owner may read."""
        self.count += 1
        home = self.folder / f"home-{self.count}"
        for name, text in files.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.fill(text))
            path.chmod(0o700 if text.startswith("#!") else 0o600)
        home.mkdir(exist_ok=True)
        return home

    def run(self, home, words, environment=None, timeout=60):
        """Runs a program. Returns its exit code, its output, and what the servers and proxies saw of it."""
        self.log.take()
        kept = {"HOME": str(home), "PATH": os.environ["PATH"], "SECRET": SECRET}
        kept |= {name: self.fill(value) for name, value in (environment or {}).items()}
        done = subprocess.run([self.fill(str(w)) for w in words], cwd=home, env=kept, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False)  # fmt: skip
        requests, proxies = self.log.take()
        return done.returncode, done.stdout.decode(errors="replace"), requests, proxies
