# SPDX-License-Identifier: Apache-2.0
"""Configurations by which kubectl and gvisor-smoke must reach the same server in the same way, or both refuse.

Each is a name, files of the home folder, options, and variables of the environment. `differs` says in words why the two
part: then both must do what `kubectl` and `ours` say ("reaches" or "refuses").
"""
from dataclasses import dataclass, field


@dataclass
class Scenario:
    name: str
    files: dict = field(default_factory=dict)
    options: list = field(default_factory=list)
    environment: dict = field(default_factory=dict)
    in_pod: bool = False
    differs: str = ""
    kubectl: str = ""
    ours: str = ""


def config(user="token: t0p-s3cret-1", cluster="", server="https://localhost:@one@", authority="certificate-authority: @certificates@/ca.crt", more=""):
    parts = ", ".join(part for part in (f"server: '{server}'", authority, cluster) if part)
    return f"""apiVersion: v1
kind: Config
current-context: x
clusters: [{{name: c, cluster: {{{parts}}}}}]
contexts: [{{name: x, context: {{cluster: c, user: u, namespace: ns}}}}]
users: [{{name: u, user: {{{user}}}}}]
{more}"""


def home(*arguments, **named):
    return {".kube/config": config(*arguments, **named)}


CERTIFICATE = "client-certificate: @certificates@/alice.crt, client-key: @certificates@/alice.key"
TWO = """current-context: first
clusters:
- {name: c, cluster: {server: 'https://localhost:@one@', certificate-authority: @certificates@/ca.crt}}
- {name: d, cluster: {server: 'https://localhost:@two@', certificate-authority: @certificates@/ca.crt}}
contexts:
- {name: first, context: {cluster: c, user: u}}
- {name: second, context: {cluster: d, user: v}}
users:
- {name: u, user: {token: t0p-s3cret-u}}
- {name: v, user: {token: t0p-s3cret-v}}
"""
TOKEN_PLUGIN = """#!/bin/sh
printf '{"kind":"ExecCredential","apiVersion":"%s","status":{"token":"%s-%s-%s"}}' "$API" "$SECRET" "$1" "$MORE"
"""
CERTIFICATE_PLUGIN = """#!/bin/sh
pem() { sed 's/$/\\\\n/' "$1" | tr -d '\\n'; }
printf '{"kind":"ExecCredential","apiVersion":"%s","status":{"clientCertificateData":"%s","clientKeyData":"%s"}}' \\
  "$API" "$(pem @certificates@/bob.crt)" "$(pem @certificates@/bob.key)"
"""
# The token is what the plugin was told, as hexadecimal of its sorted form.
INFO_PLUGIN = """#!/usr/bin/python3
import hashlib, json, os
told = json.dumps(json.loads(os.environ["KUBERNETES_EXEC_INFO"]), sort_keys=True)
print(json.dumps({"kind": "ExecCredential", "apiVersion": os.environ["API"],
                  "status": {"token": "t0p-s3cret-" + hashlib.sha256(told.encode()).hexdigest()}}))
"""


def plugin(command="./plugin", version="v1", more="interactiveMode: Never", api=None):
    api = api or version
    return (
        f"exec: {{apiVersion: client.authentication.k8s.io/{version}, command: {command}, args: [first], "
        f"env: [{{name: API, value: client.authentication.k8s.io/{api}}}, {{name: MORE, value: more}}]"
        + (f", {more}" if more else "")
        + "}"
    )


def with_plugin(script, user, **named):
    return {".kube/config": config(user, **named), ".kube/plugin": script}


PROXY = {"server": "https://one.test:@one@"}

SCENARIOS = [
    # --- credentials
    Scenario("token", home()),
    Scenario(
        "no user",
        home(""),
        differs="kubectl asks for a user name at the terminal; gvisor-smoke asks nothing, and is anonymous",
        kubectl="refuses",
        ours="reaches",
    ),
    Scenario("CA as data", home(authority="certificate-authority-data: @base64:ca.crt@")),
    Scenario("CA bundle", home(authority="certificate-authority: @certificates@/bundle.crt")),
    Scenario("CA file with a broken certificate", home(authority="certificate-authority: @certificates@/half.crt")),
    Scenario("client certificate", home(CERTIFICATE)),
    Scenario("client certificate as data", home("client-certificate-data: @base64:bob.crt@, client-key-data: @base64:bob.key@")),
    Scenario("client certificate and token", home(CERTIFICATE + ", token: t0p-s3cret-1")),
    Scenario("token file, relative", {".kube/config": config("tokenFile: secrets/token"), ".kube/secrets/token": "t0p-s3cret-2\n"}),
    Scenario("token and token file", {".kube/config": config("token: t0p-s3cret-1, tokenFile: token"), ".kube/token": "t0p-s3cret-2"}),
    Scenario("token, and a token file that is not there", home("token: t0p-s3cret-1, tokenFile: absent")),
    Scenario("a token file that is not there", home("tokenFile: absent")),
    Scenario("user name and password", home("username: me, password: t0p-s3cret")),
    Scenario("password and token", home("username: me, password: t0p-s3cret, token: t0p-s3cret-1")),
    Scenario("password and token file", {".kube/config": config("username: me, password: t0p-s3cret, tokenFile: token"), ".kube/token": "t0p-s3cret-2"}),
    Scenario("certificate without key", home("client-certificate: @certificates@/alice.crt")),
    Scenario("key of another certificate", home("client-certificate: @certificates@/alice.crt, client-key: @certificates@/bob.key")),
    Scenario("certificate file and data", home(CERTIFICATE + ", client-certificate-data: @base64:bob.crt@")),
    Scenario("expired client certificate", home("client-certificate: @certificates@/late.crt, client-key: @certificates@/late.key")),
    Scenario("token with a newline", home('token: "t0p-s3cret\\nX: y"')),
    Scenario("token that is a number", home("token: 12345")),
    Scenario("auth-provider gcp", home("auth-provider: {name: gcp, config: {access-token: t0p-s3cret}}")),
    Scenario(
        "auth-provider oidc",
        home("auth-provider: {name: oidc, config: {idp-issuer-url: 'https://i.test', client-id: c, id-token: a.eyJleHAiOjk5OTk5OTk5OTl9.t0p-s3cret}}"),
        differs="kubectl still has the oidc provider; here each auth-provider is an error that names the plugin to use",
        kubectl="reaches",
        ours="refuses",
    ),
    # --- the server
    Scenario("IPv4 server", home(server="https://127.0.0.1:@one@")),
    Scenario("IPv6 server", home(server="https://[::1]:@six@")),
    Scenario("path prefix", home(server="https://localhost:@one@/k8s/clusters/c-1")),
    Scenario("path prefix with slashes at its end", home(server="https://localhost:@one@/k8s//")),
    Scenario("server with a query", home(server="https://localhost:@one@/k8s?a=b#c")),
    Scenario("http server: no credential is sent", home(server="http://127.0.0.1:@plain@", authority="", user="token: t0p-s3cret-1, as: you")),
    Scenario("server without scheme", home(server="127.0.0.1:@plain@", authority="")),
    Scenario("server of another scheme", home(server="ftp://127.0.0.1:@plain@", authority="")),
    Scenario("another CA", home(authority="certificate-authority: @certificates@/other-ca.crt")),
    Scenario("the system's CAs", home(authority="")),
    Scenario("CA file that is not there", home(authority="certificate-authority: absent")),
    Scenario("CA file and data", home(cluster="certificate-authority-data: @base64:ca.crt@")),
    Scenario("insecure", home(authority="insecure-skip-tls-verify: true")),
    Scenario("insecure, with a CA", home(cluster="insecure-skip-tls-verify: true")),
    Scenario("TLS server name", home(server="https://127.0.0.1:@named@", cluster="tls-server-name: two.test")),
    Scenario("wrong TLS server name", home(cluster="tls-server-name: three.test")),
    Scenario("certificate of another name", home(server="https://localhost:@named@")),
    # --- files
    Scenario("KUBECONFIG of three files", {
        "a": "current-context: x\nusers: [{name: u, user: {token: t0p-s3cret-a}}]\n",
        "sub/b": "current-context: z\nclusters: [{name: c, cluster: {server: 'https://localhost:@two@', certificate-authority: ca.crt}}]\n"
                 "users: [{name: u, user: {token: t0p-s3cret-b, as: you}}]\n",
        "sub/ca.crt": "",
        "c": "clusters: [{name: c, cluster: {server: 'https://localhost:@one@', tls-server-name: three.test}}]\n"
             "contexts: [{name: x, context: {cluster: c, user: u}}]\n",
    }, environment={"KUBECONFIG": "a:absent::sub/b:c:a"}),
    Scenario("KUBECONFIG with a broken file", {"a": config(), "b": "clusters: {}\n"}, environment={"KUBECONFIG": "a:b"}),
    Scenario("KUBECONFIG over ~/.kube/config", {**home("token: t0p-s3cret-1"), "b": config("token: t0p-s3cret-2")}, environment={"KUBECONFIG": "b"}),
    Scenario("--kubeconfig over KUBECONFIG", {"a": config("token: t0p-s3cret-1"), "b": config("token: t0p-s3cret-2")}, ["--kubeconfig=b"], {"KUBECONFIG": "a"}),
    Scenario("--kubeconfig that is not there", home(), ["--kubeconfig=absent"]),
    Scenario("KUBECONFIG that is not there", home(), environment={"KUBECONFIG": "absent"}),
    Scenario("no kubeconfig at all"),
    Scenario("JSON", {".kube/config": '{"apiVersion":"v1","kind":"Config","current-context":"x","clusters":[{"name":"c","cluster":'
             '{"server":"https://localhost:@one@","certificate-authority":"@certificates@/ca.crt"}}],'
             '"contexts":[{"name":"x","context":{"cluster":"c","user":"u"}}],"users":[{"name":"u","user":{"token":"t0p-s3cret-j"}}]}'}),
    Scenario("anchors and merge keys", {".kube/config": "base: &b {certificate-authority: @certificates@/ca.crt}\ncurrent-context: x\n"
             "clusters: [{name: c, cluster: {<<: *b, server: 'https://localhost:@one@'}}]\n"
             "contexts: [{name: x, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: t0p-s3cret-1}}]\n"}),
    Scenario("cyclic aliases", {".kube/config": config(more="loop: &a [*a]\n")}),
    Scenario("10 MB of nesting", {".kube/config": config(more="deep: " + "[" * 10_000_000)}),
    Scenario("file cut short", {".kube/config": config()[:120]}),
    Scenario("not a kubeconfig", {".kube/config": "apiVersion: v1\nkind: Pod\n"}),
    Scenario("two users of one name", {".kube/config": config() + "", "b": ""}, ["--kubeconfig=dup"]),
    Scenario("context that is not there", {".kube/config": TWO.replace("current-context: first", "current-context: third")}),
    Scenario("cluster that is not there", {".kube/config": TWO.replace("cluster: c,", "cluster: z,")}),
    Scenario("user that is not there", {".kube/config": TWO.replace("user: u}", "user: z}")}),
    # --- options
    Scenario("--context", {".kube/config": TWO}, ["--context=second"]),
    Scenario("--context that is not there", {".kube/config": TWO}, ["--context=z"]),
    Scenario("--cluster", {".kube/config": TWO}, ["--cluster=d"]),
    Scenario("--cluster that is not there", {".kube/config": TWO}, ["--cluster=z"]),
    Scenario("--user", {".kube/config": TWO}, ["--user=v"]),
    Scenario("--user that is not there", {".kube/config": TWO}, ["--user=z"]),
    Scenario("--server", {".kube/config": TWO}, ["--server=https://localhost:@two@"]),
    Scenario("--server takes back tls-server-name", home(cluster="tls-server-name: two.test"), ["--server=https://localhost:@one@"]),
    Scenario("--server and --tls-server-name", home(), ["--server=https://127.0.0.1:@named@", "--tls-server-name=two.test"]),
    Scenario("--server without kubeconfig", {}, ["--server=https://localhost:@one@", "--certificate-authority=@certificates@/ca.crt", "--token=t0p-s3cret-o"]),
    Scenario("--token over a token", home(), ["--token=t0p-s3cret-o"]),
    Scenario("--token beside a certificate", home(CERTIFICATE), ["--token=t0p-s3cret-o"]),
    Scenario("--token over a token file", {".kube/config": config("tokenFile: token"), ".kube/token": "t0p-s3cret-2"}, ["--token=t0p-s3cret-o"]),
    Scenario("--token over a plugin", with_plugin("#!/bin/sh\nexit 1\n", plugin()), ["--token=t0p-s3cret-o"]),
    Scenario("--token over a password", home("username: me, password: t0p-s3cret"), ["--token=t0p-s3cret-o"]),
    Scenario("--username, --password", home(""), ["--username=me", "--password=t0p-s3cret-o"]),
    Scenario("--client-certificate, --client-key", home("client-certificate-data: @base64:bob.crt@, client-key-data: @base64:bob.key@"),
             ["--client-certificate=@certificates@/alice.crt", "--client-key=@certificates@/alice.key"]),
    Scenario("--certificate-authority", home(authority="certificate-authority-data: @base64:other-ca.crt@"), ["--certificate-authority=@certificates@/ca.crt"]),
    Scenario("--certificate-authority over insecure", home(authority="insecure-skip-tls-verify: true"), ["--certificate-authority=@certificates@/other-ca.crt"]),
    Scenario("--insecure-skip-tls-verify over a CA", home(authority="certificate-authority: @certificates@/other-ca.crt"), ["--insecure-skip-tls-verify"]),
    Scenario("--insecure-skip-tls-verify=true", home(authority=""), ["--insecure-skip-tls-verify=true"]),
    Scenario("--insecure-skip-tls-verify and --certificate-authority", home(), ["--insecure-skip-tls-verify", "--certificate-authority=@certificates@/ca.crt"]),
    # --- impersonation
    Scenario("as, with all", home("token: t0p-s3cret-1, as: you, as-uid: '7', as-groups: [a, b], as-user-extra: {k: [v, w], 'm/n %': [o]}")),
    Scenario("--as", home(), ["--as=you"]),
    Scenario("--as with all", home("token: t0p-s3cret-1, as: me, as-groups: [z]"),
             ["--as=you", "--as-uid=8", "--as-group=a", "--as-group=b c", "--as-user-extra=k=v=w", "--as-user-extra=k=x"]),
    Scenario("--as over the kubeconfig's groups", home("token: t0p-s3cret-1, as: me, as-groups: [z], as-user-extra: {k: [v], l: [w]}"),
             ["--as=you", "--as-user-extra=k=x"]),
    Scenario("--as-group without a user", home(), ["--as-group=a"]),
    # --- credential plugins
    Scenario("plugin, v1", with_plugin(TOKEN_PLUGIN, plugin())),
    Scenario("plugin, v1beta1", with_plugin(TOKEN_PLUGIN, plugin(version="v1beta1", more=""))),
    Scenario("plugin of $PATH", {".kube/config": config(plugin(command="get-token")), "bin/get-token": TOKEN_PLUGIN}, environment={"PATH": "@path@"}),
    Scenario("plugin with a certificate", with_plugin(CERTIFICATE_PLUGIN, plugin())),
    Scenario("plugin is told the cluster", with_plugin(INFO_PLUGIN, plugin(more="interactiveMode: Never, provideClusterInfo: true"),
             cluster="tls-server-name: one.test, extensions: [{name: client.authentication.k8s.io/exec, extension: {audience: a, number: 1, l: [x, true]}}]")),
    Scenario("plugin is not told the cluster", with_plugin(INFO_PLUGIN, plugin(version="v1beta1", more="interactiveMode: IfAvailable"))),
    Scenario("plugin beside a token", with_plugin("#!/bin/sh\nexit 1\n", "token: t0p-s3cret-1, " + plugin())),
    Scenario("plugin beside a client certificate", with_plugin("#!/bin/sh\nexit 1\n", CERTIFICATE + ", " + plugin())),
    Scenario("plugin that prints YAML", with_plugin("#!/bin/sh\necho 'kind: ExecCredential'; echo \"apiVersion: $API\"; echo \"status: {token: $SECRET-y}\"\n", plugin())),
    Scenario("plugin that is not there", home(plugin())),
    Scenario("plugin that fails", with_plugin("#!/bin/sh\necho $SECRET; exit 3\n", plugin())),
    Scenario("plugin that prints rubbish", with_plugin("#!/bin/sh\necho $SECRET\n", plugin())),
    Scenario("plugin of another version", with_plugin(TOKEN_PLUGIN, plugin(api="v1beta1"))),
    Scenario("plugin without status", with_plugin("#!/bin/sh\nprintf '{\"kind\":\"ExecCredential\",\"apiVersion\":\"%s\"}' $API\n", plugin())),
    Scenario("plugin of v1alpha1", with_plugin(TOKEN_PLUGIN, plugin(version="v1alpha1", more=""))),
    Scenario("plugin, v1, without interactiveMode", with_plugin(TOKEN_PLUGIN, plugin(more=""))),
    Scenario("plugin that must ask", with_plugin(TOKEN_PLUGIN, plugin(more="interactiveMode: Always"))),
    # --- proxies
    Scenario("HTTPS_PROXY", home(**PROXY), environment={"HTTPS_PROXY": "http://127.0.0.1:@http-proxy@"}),
    Scenario("https_proxy with a password, without scheme", home(**PROXY), environment={"https_proxy": "me:pass@127.0.0.1:@http-proxy@"}),
    Scenario("HTTP_PROXY is not for https", home(**PROXY), environment={"HTTP_PROXY": "http://127.0.0.1:@http-proxy@"}),
    Scenario("HTTP_PROXY for http", home(server="http://one.test:@plain@", authority=""), environment={"HTTP_PROXY": "http://127.0.0.1:@http-proxy@"}),
    Scenario("ALL_PROXY", home(**PROXY), environment={"ALL_PROXY": "http://127.0.0.1:@http-proxy@"}),
    Scenario("NO_PROXY", home(**PROXY), environment={"HTTPS_PROXY": "http://127.0.0.1:@http-proxy@", "NO_PROXY": "other.test, .test"}),
    Scenario("NO_PROXY of others", home(**PROXY), environment={"HTTPS_PROXY": "http://127.0.0.1:@http-proxy@", "NO_PROXY": "ne.test,one.test:1,10.0.0.0/8"}),
    Scenario("localhost goes through no proxy", home(), environment={"HTTPS_PROXY": "http://127.0.0.1:@http-proxy@"}),
    Scenario("HTTPS_PROXY of kind https", home(**PROXY), environment={"HTTPS_PROXY": "https://localhost:@https-proxy@"}),
    Scenario("HTTPS_PROXY of kind socks5", home(**PROXY), environment={"HTTPS_PROXY": "socks5://127.0.0.1:@socks5-proxy@"}),
    Scenario("proxy-url", home(cluster="proxy-url: 'http://127.0.0.1:@http-proxy@'", **PROXY)),
    Scenario("proxy-url of kind https", home(cluster="proxy-url: 'https://localhost:@https-proxy@'", **PROXY)),
    Scenario("proxy-url of kind https, with a password", home(cluster="proxy-url: 'https://me:pass@localhost:@https-proxy@'", **PROXY)),
    Scenario("proxy-url of kind socks5", home(cluster="proxy-url: 'socks5://127.0.0.1:@socks5-proxy@'", **PROXY)),
    Scenario("proxy-url of kind socks5, with a password", home(cluster="proxy-url: 'socks5://me:pa%20ss@127.0.0.1:@socks5-proxy@'", **PROXY)),
    Scenario("proxy-url for localhost, over NO_PROXY", home(cluster="proxy-url: 'http://127.0.0.1:@http-proxy@'"), environment={"NO_PROXY": "*"}),
    Scenario("proxy-url with a client certificate", home(CERTIFICATE, cluster="proxy-url: 'http://127.0.0.1:@http-proxy@'", **PROXY)),
    Scenario("proxy-url of another kind", home(cluster="proxy-url: 'ftp://127.0.0.1:@http-proxy@'", **PROXY)),
    Scenario("--proxy-url", home(cluster="proxy-url: 'http://127.0.0.1:1'", **PROXY), ["--proxy-url=socks5://127.0.0.1:@socks5-proxy@"]),
    # --- in a pod
    Scenario("in a pod", in_pod=True),
    Scenario("in a pod, --token", options=["--token=t0p-s3cret-o"], in_pod=True),
    Scenario("in a pod, with a kubeconfig", home(), in_pod=True),
    Scenario("in a pod, --server", options=["--server=https://localhost:@two@", "--certificate-authority=@certificates@/ca.crt", "--token=t0p-s3cret-o"], in_pod=True),
]
